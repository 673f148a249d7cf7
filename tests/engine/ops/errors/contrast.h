/* SPDX-License-Identifier: MIT */
  { "AdjustContrastv2", "float32[2,2]; float32[]", NULL, LK_INVALID_ARGUMENT,
    "input must be at least 3-D, got shape[2,2]" },
  { "AdjustContrastv2", "float32[2,2,1]; float32[1]", NULL, LK_INVALID_ARGUMENT,
    "contrast_factor must be a scalar, but received tensor of shape: [1]" },
