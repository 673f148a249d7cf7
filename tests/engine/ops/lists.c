/* SPDX-License-Identifier: MIT */
/* Lists whose elements are not what the caller says they are, which no line of text can spell out. */
#include "engine/engine.h"
#include "engine/ops/gradient.h"

static LkTensor *
list_of (LkContext *ctx, LkDType dtype)
{
  g_autoptr (LkTensor) x = lk_tensor_new (dtype, &(LkShape) { .rank = 2, .dims = { 2, 3 } });
  for (gint64 i = 0; i < x->size; i++)
    lk_tensor_set_double (x, i, i);
  return lk_tensor_list_from_tensor (ctx, x);
}

static void
assert_refused (LkContext *ctx, LkTensor *result, const char *message)
{
  g_autoptr (GError) error = lk_context_take_error (ctx);
  g_assert_null (result);
  g_assert_error (error, LK_ERROR, LK_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_dtype (void)
{
  LkContext *ctx = lk_context_new ();
  LkTensor *popped[2] = { NULL };
  g_autoptr (LkTensor) list = list_of (ctx, LK_FLOAT32), zero = lk_constant_scalar (ctx, LK_INT32, 0);
  const char *const told = "Invalid data types; op elements int64, but list elements float32";
  g_autofree char *of_get = g_strdup_printf ("%s [Op:TensorListGetItem]", told);
  g_autofree char *of_stack = g_strdup_printf ("%s [Op:TensorListStack]", told);
  g_autofree char *of_pop = g_strdup_printf ("%s [Op:TensorListPopBack]", told);
  assert_refused (ctx, lk_tensor_list_get_item (ctx, list, zero, LK_INT64, &LK_SHAPE_UNKNOWN), of_get);
  assert_refused (ctx, lk_tensor_list_stack (ctx, list, LK_INT64, &LK_SHAPE_UNKNOWN), of_stack);
  lk_tensor_list_pop_back (ctx, list, LK_INT64, &LK_SHAPE_UNKNOWN, popped);
  assert_refused (ctx, popped[1], of_pop);
  g_assert_null (popped[0]);
  lk_context_free (ctx);
}

static void
test_shape (void)
{
  LkContext *ctx = lk_context_new ();
  g_autoptr (LkTensor) list = list_of (ctx, LK_FLOAT32);
  const LkShape four = { .rank = 1, .dims = { 4 } }, some = { .rank = 1, .dims = { LK_DIM_UNKNOWN } };
  assert_refused (ctx, lk_tensor_list_stack (ctx, list, LK_FLOAT32, &four),
                  "Incompatible shapes: a list element has shape [3], element_shape is [4] [Op:TensorListStack]");
  g_autoptr (LkTensor) good = lk_tensor_list_stack (ctx, list, LK_FLOAT32, &some);
  g_assert_cmpint (good->size, ==, 6);
  lk_context_free (ctx);
}

/* What was never set is zero, 1 along what nobody knows, so that it keeps what the rule promised. */
static void
test_unset (void)
{
  LkContext *ctx = lk_context_new ();
  const LkShape some = { .rank = 2, .dims = { LK_DIM_UNKNOWN, 3 } };
  g_autoptr (LkTensor) two = lk_constant_scalar (ctx, LK_INT32, 2), zero = lk_constant_scalar (ctx, LK_INT32, 0);
  g_autoptr (LkTensor) list = lk_tensor_list_reserve (ctx, two, LK_STRING, &some);
  g_autoptr (LkTensor) item = lk_tensor_list_get_item (ctx, list, zero, LK_STRING, &some);
  g_assert_cmpint (item->shape.rank, ==, 2);
  g_assert_cmpint (item->size, ==, 3);
  gsize length = 1;
  lk_string_at (item, 2, &length);
  g_assert_cmpint (length, ==, 0);
  g_autoptr (LkTensor) all = lk_tensor_list_stack (ctx, list, LK_STRING, &some);
  g_assert_cmpint (all->size, ==, 6);
  lk_context_free (ctx);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/ops/lists/dtype", test_dtype);
  g_test_add_func ("/engine/ops/lists/shape", test_shape);
  g_test_add_func ("/engine/ops/lists/unset", test_unset);
  return g_test_run ();
}
