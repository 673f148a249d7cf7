/* SPDX-License-Identifier: MIT */
/* Many numbers of float16 and bfloat16 to and from float32, by the processor's own instructions where it has them, to the same
   bits as the functions of narrow.h but that a signalling NaN of float16 becomes a quiet one. */
#pragma once
#include <glib.h>

/* How many of the n have been converted: all but the last few, or none. */
gint64 lk_half_widen (const guint16 *in, float *out, gint64 n);
gint64 lk_half_narrow (const float *in, guint16 *out, gint64 n);
gint64 lk_bfloat16_narrow (const float *in, guint16 *out, gint64 n);
