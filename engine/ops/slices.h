/* SPDX-License-Identifier: MIT */
/* The gradient of a table of which some rows were gathered: values [n, …] and indices [n] that say which row each belongs to;
   equal ones add up. A reverse pass hands it on in place of a gradient of the table's whole size, as a tensor of dtype variant
   that no op and no node ever sees. */
#pragma once
#include "engine/ops/op.h"

/* dense_shape: int32 [rank]. (transfer full), NULL when one is NULL */
LkTensor *lk_slices_new (LkTensor *values, LkTensor *indices, LkTensor *dense_shape);
gboolean lk_is_slices (const LkTensor *tensor);     /* (nullable) */
/* Both together: nothing is copied until somebody asks for the parts. (transfer full) */
LkTensor *lk_slices_add (LkTensor *a, LkTensor *b);
/* parts: values, indices and dense shape (transfer full). FALSE after an error. */
gboolean lk_slices_parts (LkContext *ctx, LkTensor *slices, LkTensor *parts[3]);
/* The gradient of the whole size. (transfer full) */
LkTensor *lk_slices_dense (LkContext *ctx, LkTensor *slices);

/* For rules of ops that gather along the first axis of input 0 by input 1: may dx[0] be slices? */
gboolean lk_call_wants_slices (const LkCall *call, guint i);
/* dy by the indices, both in one row each; shape: of the table, where it is known. (transfer full) */
LkTensor *lk_slices_of_gather (LkContext *ctx, LkTensor *dy, LkTensor *indices, LkTensor *dense_shape, const LkShape *shape);
