/* SPDX-License-Identifier: MIT */
  { "Cumsum", "float64[2,3]; int32[]={2}", NULL, LK_INVALID_ARGUMENT,
    "Cumsum: Expected scan axis in the range [-2, 2), but got 2" },
  { "Cumsum", "float64[2,3]; int32[1]={0}", NULL, LK_INVALID_ARGUMENT,
    "axis must be a scalar, but received tensor of shape: [1]" },
  { "Cumprod", "float64[2,3]; int32[]={2}", NULL, LK_INVALID_ARGUMENT,
    "Cumprod: Expected scan axis in the range [-2, 2), but got 2" },
  { "Cumprod", "float64[2,3]; int32[1]={0}", NULL, LK_INVALID_ARGUMENT,
    "axis must be a scalar, but received tensor of shape: [1]" },
