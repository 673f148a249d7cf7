/* SPDX-License-Identifier: MIT */
/* What the forms of `lockstep ops` share. */
#pragma once
#include "engine/engine.h"

/* "bool", "int", …: of an attribute, as ops.def has it. */
const char *ops_kind (LkAttrKind kind);
/* A sentence on the op's gradient. Valid until the next call. */
const char *ops_gradient (const LkOp *op);
/* "stateful, allocates", "none". Valid until the next call. */
const char *ops_flags (const LkOp *op);

/* Writes the page to stdout. */
void ops_print_html (const LkOp *const *ops, guint n);
