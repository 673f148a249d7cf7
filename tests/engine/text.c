/* SPDX-License-Identifier: MIT */
/* Tensors' text is NumPy's, and shapes' Python's. */
#include "check.h"

typedef struct
{
  LkDType dtype;
  LkShape shape;
  const double *values;       /* NULL: 0, 1, 2, … / divisor; or all 1 if that is 0 */
  double divisor;
  const char *text;
} Case;

#define FIXED(...) { sizeof ((gint64[]) { __VA_ARGS__ }) / sizeof (gint64), { __VA_ARGS__ } }
#define VALUES(...) (const double[]) { __VA_ARGS__ }
#define CASE(dtype, shape, values, text) { dtype, shape, values, 1, text },
#define CASE_RANGE(dtype, shape, divisor, text) { dtype, shape, NULL, divisor, text },
#define CASE_ONES(dtype, shape, text) { dtype, shape, NULL, 0, text },
static const Case cases[] = {
#include "numpy_text.def"
};

static double
case_value (const Case *c, gint64 i)
{
  if (c->values != NULL)
    return c->values[i];
  if (c->divisor == 0)
    return 1;
  return c->dtype == LK_FLOAT32 ? (float) i / (float) c->divisor : i / c->divisor;
}

static void
test_numpy (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *c = &cases[i];
      g_autoptr (LkTensor) tensor = lk_tensor_new (c->dtype, &c->shape);
      for (gint64 j = 0; j < tensor->size; j++)
        if (lk_dtype_is_complex (c->dtype))
          lk_tensor_set_complex (tensor, j, c->values[2 * j], c->values[2 * j + 1]);
        else
          lk_tensor_set_double (tensor, j, case_value (c, j));
      check_text (tensor, c->text);
    }
}

static void
test_strings (void)
{
  const char *const words[] = { "a", "it's", "\n\\\x01", "ä" };
  g_autoptr (LkTensor) four = lk_tensor_new_strings (SHAPE_AT (2, 2), words, NULL);
  g_autoptr (LkTensor) one = lk_tensor_new_strings (SHAPE_AT (), words + 1, NULL);
  gsize length;
  check_text (four, "[[b'a' b\"it's\"]\n [b'\\n\\\\\\x01' b'\\xc3\\xa4']]");
  check_text (one, "b\"it's\"");
  g_assert_cmpmem (lk_string_at (four, 1, &length), length, "it's", 4);
}

static void
test_shapes (void)
{
  const struct { LkShape shape; const char *text, *python; } rows[] = {
    { FIXED (), "[]", "()" },
    { FIXED (1), "[1]", "(1,)" },
    { FIXED (2, -1), "[2,?]", "(2, None)" },
    { { LK_RANK_UNKNOWN }, "<unknown>", "<unknown>" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = lk_shape_text (&rows[i].shape), *python = lk_shape_python (&rows[i].shape);
      g_assert_cmpstr (text, ==, rows[i].text);
      g_assert_cmpstr (python, ==, rows[i].python);
    }
}

static void
test_broadcast (void)
{
  const struct { LkShape a, b; gboolean fits; LkShape out; } rows[] = {
    { FIXED (2, 3), FIXED (3), TRUE, FIXED (2, 3) },
    { FIXED (2, 1, 3), FIXED (4, 1), TRUE, FIXED (2, 4, 3) },
    { FIXED (), FIXED (0, 3), TRUE, FIXED (0, 3) },
    { FIXED (1), FIXED (0), TRUE, FIXED (0) },
    { FIXED (2), FIXED (3), FALSE, FIXED () },
    { FIXED (-1), FIXED (3), TRUE, FIXED (3) },
    { FIXED (-1), FIXED (1), TRUE, FIXED (-1) },
    { FIXED (-1), FIXED (-1), TRUE, FIXED (-1) },
    { { LK_RANK_UNKNOWN }, FIXED (3), TRUE, { LK_RANK_UNKNOWN } },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint swap = 0; swap < 2; swap++)
      {
        LkShape out;
        gboolean fits = swap ? lk_shape_broadcast (&rows[i].b, &rows[i].a, &out)
                             : lk_shape_broadcast (&rows[i].a, &rows[i].b, &out);
        g_assert_cmpint (fits, ==, rows[i].fits);
        g_assert_true (!fits || lk_shape_equal (&out, &rows[i].out));
      }
}

static void
test_sizes (void)
{
  const LkShape huge = FIXED (G_MAXINT64, 2), none = FIXED (G_MAXINT64, 2, 0);
  g_assert_cmpint (lk_shape_size (&huge), ==, -1);
  g_assert_cmpint (lk_shape_size (&none), ==, 0);
  g_assert_null (lk_tensor_new (LK_FLOAT32, &huge));
  g_assert_null (lk_tensor_new (LK_FLOAT32, SHAPE_AT (G_MAXINT64 / 4)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/text/numpy", test_numpy);
  g_test_add_func ("/engine/text/strings", test_strings);
  g_test_add_func ("/engine/shape/text", test_shapes);
  g_test_add_func ("/engine/shape/broadcast", test_broadcast);
  g_test_add_func ("/engine/shape/size", test_sizes);
  return g_test_run ();
}
