/* SPDX-License-Identifier: MIT */
/* Sorts numbers of 64 bits, by their upper halves; where these are equal they keep their order, which is that of the lower
   halves if these rise. */
#pragma once
#include <glib.h>

typedef guint64 LkRadixEntry;   /* upper half: what is sorted by; lower: where it came from, less for earlier ones */

/* bits: how many of the lower bits of the upper half may differ; room: for as many entries. n fits into 32 bits. */
void lk_radix_sort (LkRadixEntry *entries, LkRadixEntry *room, gint64 n, guint bits);
