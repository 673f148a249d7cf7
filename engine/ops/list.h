/* SPDX-License-Identifier: MIT */
/* Lists of tensors, as scalars of dtype variant. Immutable like all values; lists that grow from one another share
   their elements, so that a loop that pushes n times costs n. Private to the engine. */
#pragma once
#include "engine/ops/op.h"

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
/* There may be n elements; FALSE after ResourceExhaustedError. */
gboolean lk_list_room (const LkCall *call, gint64 n);
/* item, (nullable), is what attributes 0 and 1, dtype and shape, say; FALSE after an error. */
gboolean lk_list_check_item (const LkCall *call, const LkTensor *item);
/* The shape of an element that is not set where only the declaration tells: 1 along each unknown dimension. */
LkShape lk_list_unset_shape (const LkShape *declared);
/* What stands for an element that is not set. NULL after ResourceExhaustedError. (transfer full) */
LkTensor *lk_list_zero (const LkCall *call, LkDType dtype, const LkShape *shape);
/* As many elements of x as shape has, from row `first` on. (transfer full) */
LkTensor *lk_list_rows (LkTensor *x, gint64 first, const LkShape *shape);
/* The shape of a tensor of n elements of that shape, and of one of them; unknown when there is none. */
LkShape lk_list_shape_of_many (gint64 n, const LkShape *element);
LkShape lk_list_shape_of_one (const LkShape *many);
