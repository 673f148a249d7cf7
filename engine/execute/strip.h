/* SPDX-License-Identifier: MIT */
/* Strips: steps that follow one another on a tile are run a few vectors at a time, and the value between them stays in registers.
   A strip is a list of codes that load this value, change it, or store it; what else they need they read where it is. Each change is
   the expression of its op's own loop, and nothing is contracted or reordered, so results are the same bits. Private to
   engine/execute. */
#pragma once
#include "engine/execute/program.h"

/* Ops that strips know, of float32 and float64: name, expression of the op's inputs a and b. */
#define LK_STRIP_UNARY(X) \
  X (NEG, -a) \
  X (SQUARE, a * a) \
  X (RECIPROCAL, 1 / a) \
  X (RELU, PICK (a < 0, ZERO, a))
#define LK_STRIP_BINARY(X) \
  X (ADD, a + b) \
  X (SUB, a - b) \
  X (MUL, a * b) \
  X (REAL_DIV, a / b) \
  X (MAXIMUM, PICK ((a > b) | (a != a), a, b)) \
  X (MINIMUM, PICK ((a < b) | (a != a), a, b)) \
  X (SQUARED_DIFFERENCE, (a - b) * (a - b)) \
  X (RELU_GRAD, PICK (b > 0, a, ZERO)) \
  X (TANH_GRAD, b * (1 - a * a)) \
  X (SIGMOID_GRAD, b * a * (1 - a))

typedef struct
{
  guint what;             /* private */
  void *const *at;        /* where what it reads, or where what it stores goes, begins at present */
} LkStripCode;

#define LK_STRIP_MOST_CODES 3           /* of a step */

/* Is the op, of such inputs and output, one of them? */
gboolean lk_strip_knows (const LkOp *op, LkDType dtype);
/* Appends the codes for an op that is known. at: where each input is; steps: 1 if it goes along with the output, 0 if it is a single
   number; held: which input is the value in registers, −1: neither. Returns the new end. */
LkStripCode *lk_strip_append (LkStripCode *end, const LkOp *op, void *const *const *at, const guint8 *steps, gint held);
/* The value is stored there. */
LkStripCode *lk_strip_append_store (LkStripCode *end, void *const *at);
/* Runs codes on n elements of dtype. */
void lk_strip_run (LkDType dtype, const LkStripCode *codes, const LkStripCode *end, gint64 n);

/* ---- private: one such table for each kind of processor, as of vector.h ---- */

/* What a code does. A binary op has four: its operand is its second input or its first; one for each element, or a single number. */
enum
{
  LK_STRIP_STORE, LK_STRIP_LOAD, LK_STRIP_LOAD_SINGLE,
#define NAMES(name, expression) LK_STRIP_##name,
  LK_STRIP_UNARY (NAMES)
#undef NAMES
#define NAMES(name, expression) \
  LK_STRIP_##name##_SECOND, LK_STRIP_##name##_SECOND_SINGLE, LK_STRIP_##name##_FIRST, LK_STRIP_##name##_FIRST_SINGLE,
  LK_STRIP_BINARY (NAMES)
#undef NAMES
};

typedef void (*LkStripLoop) (const LkStripCode *codes, const LkStripCode *end, gint64 n);
typedef struct { const char *name; LkStripLoop f32, f64; } LkStripTable;
extern const LkStripTable lk_strip_avx512f, lk_strip_avx2, lk_strip_portable;
