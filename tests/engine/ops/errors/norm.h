/* SPDX-License-Identifier: MIT */
  { "EuclideanNorm", "float64[2,3]; int32[]={2}", NULL, LK_INVALID_ARGUMENT,
    "Invalid reduction dimension (2 for input with 2 dimension(s)" },
