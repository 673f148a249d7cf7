/* SPDX-License-Identifier: MIT */
/* Attributes of nodes, as a trace tells them, in the text format of AttrValue. */
#pragma once
#include "debugger/store.h"

typedef struct
{
  LkStore *store;
  guint32 traced;           /* its graph, or the one that its graph was made of */
  const LkGraphNode *node;
} PbtxtNode;

const char *pbtxt_type (guint8 dtype);              /* "DT_FLOAT" */
void pbtxt_add_string (GString *out, const char *text);     /* quoted */
/* The value of attribute i in the text that the trace has of all of a node's; NULL when it is not there. (transfer full) */
char *pbtxt_attr_text (const LkOp *op, guint i, const char *all);
/* "attr { key: … value { … } }" but for functions and closures, of which it adds nothing. whose: its elements, if it is a Const. */
void pbtxt_add_attr (GString *out, const LkAttrDef *attr, const char *value, const PbtxtNode *whose);
void pbtxt_add_types (GString *out, const char *key, const guint8 *dtypes, guint n);
