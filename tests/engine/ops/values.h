/* SPDX-License-Identifier: MIT */
/* Results of ops, as NumPy 1.24 computes and prints them, those of resizing as PyTorch or the formula gives them; those of
   text as TensorFlow documents them. Several outputs are joined by " | ". */
static const struct { const char *family, *op, *inputs, *attrs, *text; } known[] = {
#include "values/unary.h"
#include "values/binary.h"
#include "values/elementwise.h"
#include "values/reduce.h"
#include "values/product.h"
#include "values/array.h"
#include "values/reduction.h"
#include "values/scan.h"
#include "values/argument.h"
#include "values/segment.h"
#include "values/counting.h"
#include "values/moves.h"
#include "values/nn.h"
#include "values/image.h"
#include "values/resize.h"
#include "values/linear.h"
#include "values/signal.h"
#include "values/random.h"
#include "values/text.h"
#include "values/strings.h"
#include "values/sparse.h"
};
