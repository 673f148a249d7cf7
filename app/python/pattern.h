/* SPDX-License-Identifier: MIT */
/* What a call's arguments have to be like for a trace to be taken again: dtypes and shapes of tensors, values of numbers and
   texts, which objects, and in what structure of tuples, lists and dicts. All that the key of a trace may depend on is in it; what
   cannot be told so quickly has no pattern. */
#pragma once
#include "binding.h"

enum { PATTERN_MOST = 64 };     /* parts, and tensors */

typedef struct _Part Part;

typedef struct
{
  guint n;
  Part *parts;            /* structures before what is in them */
} Pattern;

/* Of positional arguments and (nullable) keywords. FALSE, without an exception, where there is none. inputs: the tensors, in
   the pattern's order, borrowed; *n of them. */
gboolean pattern_init (Pattern *self, PyObject *args, PyObject *keywords, LkTensor **inputs, guint *n);
/* Are these like those? inputs as above. */
gboolean pattern_fits (const Pattern *self, PyObject *args, PyObject *keywords, LkTensor **inputs);
int pattern_traverse (const Pattern *self, visitproc visit, void *arg);
void pattern_clear (Pattern *self);
