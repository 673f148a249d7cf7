/* SPDX-License-Identifier: MIT */
/* Lists of tensors, as scalars of dtype variant. Immutable like all values; lists that grow from one another share
   their elements, so that a loop that pushes n times costs n. Private to the engine. */
#pragma once
#include "engine/core/tensor.h"

/* What a list's buffer lends. Several lists may use the first elements of one array. */
typedef struct
{
  GPtrArray *items;       /* LkTensor, owned; NULL for one that is not set */
  guint n;
} LkList;

LkTensor *lk_list_new (void);           /* empty (transfer full) */
LkTensor *lk_list_new_zeros (guint n);  /* (transfer full) */
guint lk_list_length (const LkTensor *list);

const LkList *lk_list_of (const LkTensor *tensor);
LkTensor *lk_list_item (const LkList *list, guint i);   /* (nullable) (transfer none) */
/* A list of the first n of items (transfer full), whose free function is lk_list_item_free (). (transfer full) */
LkTensor *lk_list_wrap (GPtrArray *items, guint n);
void lk_list_item_free (gpointer tensor);
/* n items, those of list and unset ones behind them. (transfer full) */
GPtrArray *lk_list_copy (const LkList *list, guint n);
/* What stands for an element that is not set. (transfer full) */
LkTensor *lk_list_zero (LkDType dtype, const LkShape *shape);
/* Row i of x, whose rows have this shape. (transfer full) */
LkTensor *lk_list_row (LkTensor *x, gint64 i, const LkShape *shape);
