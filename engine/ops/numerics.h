/* SPDX-License-Identifier: MIT */
#pragma once
#include "engine/core/tensor.h"

/* What a tensor has that is not finite: "-Inf", "NaN", "+Inf and NaN", …; NULL when all is. */
const char *lk_numerics_found (const LkTensor *x);
