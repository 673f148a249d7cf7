/* SPDX-License-Identifier: MIT */
/* What is done to the elements of a variable by a value, for all numbers. */
#pragma once
#include "engine/ops/block.h"

typedef enum { LK_PUT, LK_PLUS, LK_MINUS, LK_TIMES, LK_OVER, LK_LEAST, LK_MOST } LkAccumulation;

/* out[i] = old[i] · value[i · step] for n elements; out may be old. step 0: by one value. Integers wrap, and are divided
   towards zero; a value of 0 must not get here then. */
void lk_accumulate (LkDType dtype, LkAccumulation how, void *out, const void *old, const void *value, guint step,
                    gint64 n);
