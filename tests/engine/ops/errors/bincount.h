/* SPDX-License-Identifier: MIT */
  { "Bincount", "int32[2]={0,-1}; int32[]={2}; int32[0]", NULL, LK_INVALID_ARGUMENT,
    "Input arr must be non-negative!" },
  { "Bincount", "int32[2]={0,1}; int32[]={-2}; int32[0]", NULL, LK_INVALID_ARGUMENT,
    "size (-2) must be non-negative" },
  { "Bincount", "int32[2]={0,1}; int32[]={2}; int32[3]", NULL, LK_INVALID_ARGUMENT,
    "weights must be the same shape as arr or a length-0 `Tensor`, in which case it acts as all weights equal to 1. Received [3] vs. [2]" },
