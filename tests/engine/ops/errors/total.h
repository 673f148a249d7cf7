/* SPDX-License-Identifier: MIT */
  { "AddN", "float64[2]; float64[3]", NULL, LK_INVALID_ARGUMENT,
    "Inputs to operation AddN must have the same size and shape.  Input 0: [2] != input 1: [3]" },
  { "AddN", "", NULL, LK_INVALID_ARGUMENT, "AddN needs at least one input" },
  { "AccumulateNV2", "", "shape=[3]", LK_INVALID_ARGUMENT, "AccumulateNV2 needs at least one input" },
  { "AccumulateNV2", "float64[2]; float64[2]", "shape=[3]", LK_INVALID_ARGUMENT,
    "The inputs have shape [2], but attribute 'shape' says [3]" },
