/* SPDX-License-Identifier: MIT */
  { "Polygamma", "float64[2,3]; float64[4]", NULL, LK_INVALID_ARGUMENT,
    "Incompatible shapes: [2,3] vs. [4]" },
  { "Zeta", "float64[2,3]; float64[4]", NULL, LK_INVALID_ARGUMENT,
    "Incompatible shapes: [2,3] vs. [4]" },
