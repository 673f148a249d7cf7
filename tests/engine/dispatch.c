/* SPDX-License-Identifier: MIT */
/* Eager calls: results, errors and their texts, and the memory that they use. */
#include "check.h"

static void
test_registry (void)
{
  for (guint i = 0; i < lk_op_count (); i++)
    {
      const LkOp *op = lk_op_at (i);
      g_assert_cmpuint (op->index, ==, i);
      g_assert_true (lk_op_find (op->name) == op);
      g_assert_nonnull (op->block->infer);
      if (op->block->kernel == NULL && op->n_outputs > 0 && !(op->flags & LK_OP_ALIAS))
        g_assert_cmpstr (op->name, ==, "Placeholder");
    }
  g_assert_null (lk_op_at (lk_op_count ()));
  g_assert_null (lk_op_find ("NoSuchOp"));
}

static void
test_values (void)
{
  g_autoptr (LkTensor) a = FLOATS (SHAPE (2, 2), 1, 2, 3, 4), b = FLOATS (SHAPE (2), 10, 20);
  g_autoptr (LkTensor) sum = lk_add (CTX, a, b), product = lk_mat_mul (CTX, a, a, FALSE, TRUE);
  check_text (sum, "[[11. 22.]\n [13. 24.]]");
  check_text (product, "[[ 5. 11.]\n [11. 25.]]");
}

static void
test_dtype_errors (void)
{
  g_autoptr (LkTensor) a = FLOATS (SHAPE (1, 1), 1), b = DOUBLES (SHAPE (1, 1), 1), flag = lk_tensor_new (LK_BOOL, &LK_SCALAR);
  g_assert_null (lk_mat_mul (CTX, a, b, FALSE, FALSE));
  check_error (LK_INVALID_ARGUMENT, "cannot compute MatMul as input #1(zero-based) was expected to be a float tensor but "
               "is a double tensor [Op:MatMul]");
  g_assert_null (lk_add (CTX, flag, flag));
  check_error (LK_INVALID_ARGUMENT, "Value for attr 'T' of bool is not in the list of allowed values: float, double, "
               "int32, uint8, int16, int8, complex64, int64, bfloat16, uint16, complex128, half, uint32, uint64 [Op:AddV2]");
  g_assert_null (lk_logical_not (CTX, a));
  check_error (LK_INVALID_ARGUMENT, "cannot compute LogicalNot as input #0(zero-based) was expected to be a bool tensor "
               "but is a float tensor");
}

static void
test_shape_errors (void)
{
  g_autoptr (LkTensor) a = FLOATS (SHAPE (2), 1, 2), b = FLOATS (SHAPE (3), 1, 2, 3);
  g_assert_null (lk_add (CTX, a, b));
  check_error (LK_INVALID_ARGUMENT, "[2] vs. [3] [Op:AddV2]");
}

static void
test_too_large (void)
{
  g_autoptr (LkTensor) dims = LONGS (SHAPE (2), 1 << 30, 1 << 30), value = lk_tensor_new_float (1);
  g_assert_null (lk_fill (CTX, dims, value));
  check_error (LK_RESOURCE_EXHAUSTED, "OOM when allocating tensor with shape[1073741824,1073741824] and type float");
}

static void
test_numbers (void)
{
  LkTensor *one[] = { lk_tensor_new_float (1) }, *out;
  g_assert_false (lk_apply (CTX, lk_op_find ("AddV2"), one, 1, NULL, &out, 1));
  g_assert_null (out);
  check_error (LK_INVALID_ARGUMENT, "AddV2 takes 2 inputs, but was given 1");
  g_assert_null (lk_concat (CTX, NULL, 0, one[0]));
  lk_tensor_unref (one[0]);
  g_assert_true (lk_context_failed (CTX));
  g_error_free (lk_context_take_error (CTX));
}

/* The first error stays, and nothing runs until it is taken. */
static void
test_first_error (void)
{
  g_autoptr (LkTensor) a = FLOATS (SHAPE (2), 1, 2), b = FLOATS (SHAPE (3), 1, 2, 3);
  g_assert_null (lk_add (CTX, a, b));
  g_assert_null (lk_add (CTX, a, a));
  g_assert_null (lk_mat_mul (CTX, a, a, FALSE, FALSE));
  g_assert_null (lk_neg (CTX, NULL));
  check_error (LK_INVALID_ARGUMENT, "AddV2");
  g_assert_null (lk_neg (CTX, NULL));
  check_no_error ();
  g_autoptr (LkTensor) sum = lk_add (CTX, a, a);
  check_text (sum, "[2. 4.]");
}

static void
test_alias (void)
{
  g_autoptr (LkTensor) a = FLOATS (SHAPE (2, 2), 1, 2, 3, 4), dims = INTS (SHAPE (1), -1);
  g_autoptr (LkTensor) flat = lk_reshape (CTX, a, dims), same = lk_identity (CTX, a);
  check_text (flat, "[1. 2. 3. 4.]");
  g_assert_true (flat->data == a->data && same->data == a->data);
  g_assert_cmpuint (same->id, !=, a->id);
  g_clear_pointer (&a, lk_tensor_unref);
  check_text (same, "[[1. 2.]\n [3. 4.]]");
}

static void
mark (void *owner)
{
  *(gboolean *) owner = TRUE;
}

static void
test_foreign (void)
{
  static float lent[] = { 1, 2 };
  gboolean freed = FALSE;
  LkTensor *a = lk_tensor_new_buffer (LK_FLOAT32, SHAPE_AT (1), lk_buffer_new_foreign (lent, sizeof lent, mark, &freed), 4);
  LkTensor *b = lk_identity (CTX, a);
  lk_tensor_unref (a);
  check_text (b, "[2.]");
  g_assert_false (freed);
  lk_tensor_unref (b);
  g_assert_true (freed);
}

/* Freed memory of one thread is used again, and never while somebody holds it. */
static void
test_recycling (void)
{
  LkTensor *kept[64];
  for (guint round = 0; round < 100; round++)
    {
      for (guint i = 0; i < 64; i++)
        {
          kept[i] = lk_tensor_new (LK_INT64, SHAPE_AT (1 + i * 7));
          g_assert_cmpuint ((gsize) kept[i]->data % 64, ==, 0);
          for (gint64 j = 0; j < kept[i]->size; j++)
            ((gint64 *) kept[i]->data)[j] = i;
        }
      for (guint i = 0; i < 64; i++)
        {
          for (gint64 j = 0; j < kept[i]->size; j++)
            g_assert_cmpint (lk_tensor_int_at (kept[i], j), ==, i);
          lk_tensor_unref (kept[i]);
        }
    }
}

static gpointer
other_thread (gpointer data)
{
  LkTensor *sum = lk_add (lk_context_default (), data, data);
  lk_tensor_unref (data);
  return sum;
}

static void
test_threads (void)
{
  LkTensor *a = FLOATS (SHAPE (2), 1, 2);
  g_autoptr (LkTensor) sum = g_thread_join (g_thread_new ("other", other_thread, lk_tensor_ref (a)));
  check_text (sum, "[2. 4.]");
  lk_tensor_unref (a);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/dispatch/registry", test_registry);
  g_test_add_func ("/engine/dispatch/values", test_values);
  g_test_add_func ("/engine/dispatch/dtype-errors", test_dtype_errors);
  g_test_add_func ("/engine/dispatch/shape-errors", test_shape_errors);
  g_test_add_func ("/engine/dispatch/too-large", test_too_large);
  g_test_add_func ("/engine/dispatch/numbers", test_numbers);
  g_test_add_func ("/engine/dispatch/first-error", test_first_error);
  g_test_add_func ("/engine/dispatch/alias", test_alias);
  g_test_add_func ("/engine/dispatch/foreign", test_foreign);
  g_test_add_func ("/engine/dispatch/recycling", test_recycling);
  g_test_add_func ("/engine/dispatch/threads", test_threads);
  return g_test_run ();
}
