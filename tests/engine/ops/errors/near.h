/* SPDX-License-Identifier: MIT */
  { "ApproximateEqual", "float64[2]; float64[3]", NULL, LK_INVALID_ARGUMENT,
    "Incompatible shapes: [2] vs. [3]" },
  { "NextAfter", "float64[2,3]; float64[4]", NULL, LK_INVALID_ARGUMENT,
    "Incompatible shapes: [2,3] vs. [4]" },
  { "ClipByValue", "float64[2]; float64[3]; float64[]", NULL, LK_INVALID_ARGUMENT,
    "clip_value_min and clip_value_max must be either of the same shape as input, or a scalar. input shape: [2]clip_value_min shape: [3]clip_value_max shape: []" },
