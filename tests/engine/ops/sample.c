/* SPDX-License-Identifier: MIT */
/* The grammar of samples. */
#include <string.h>

#include "checks.h"

static void
test_tensors (void)
{
  static const struct { const char *text, *value; } good[] = {
    { "float64[2]={1,-2.5}", "[ 1.  -2.5]" }, { " int32[2,2] = {1,2,3,4} ", NULL },
    { "int32[2,1]={ 1, 2 }", "[[1]\n [2]]" },
    { "bool[3]={true,false,1}", "[ True False  True]" },
    { "int64[]={9223372036854775807}", "9223372036854775807" },
    { "float32[0]", "[]" }, { "string[2]={a b,c}", "[b'a b' b'c']" }, { "string[]={}", "b''" },
    { "string[2]", "[b's0' b's1']" },
    { "float64[2]={nan,-inf}", "[ nan -inf]" },
    { "complex64[3]={1+2j,-0.5,2e1-1j}", "[ 1. +2.j -0.5+0.j 20. -1.j]" }, { "complex64[1]={1+2}", NULL },
    { "float16[2]={0.1,3}", "[0.1 3. ]" }, { "bfloat16[2]={0.1,3}", "[0.100098 3]" },
    { "uint64[]={18446744073709551615}", "18446744073709551615" }, { "int8[2]={-128,127}", "[-128  127]" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *problem = NULL;
      g_autoptr (LkTensor) tensor = lk_sample_tensor (good[i].text, 1, &problem);
      if (good[i].value == NULL)
        {
          g_assert_nonnull (problem);
          continue;
        }
      g_assert_cmpstr (problem, ==, NULL);
      g_autofree char *text = lk_tensor_text (tensor);
      g_assert_cmpstr (text, ==, good[i].value);
    }
}

static void
test_problems (void)
{
  static const struct { const char *text, *problem; } bad[] = {
    { "float65[2]", "'float65' is no dtype" }, { "float64", "'[' expected at ''" },
    { "float64[2", "',' expected at ''" },
    { "float64[x]", "integer expected at 'x]'" }, { "float64[?]", "a value cannot have unknown dimensions" },
    { "int32[2]={1}", "',' expected at '}'" }, { "int32[1]={1,2}", "'}' expected at ',2}'" },
    { "int32[1]={a}", "number expected at 'a}'" }, { "int32[1] on", "'on' is too much" },
    { "float64[1] in 1", "'..' expected at ''" },
    { "string[2]={a}", "1 strings given for 2" }, { "resource[]", "tensors of resource cannot be written" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *problem = NULL;
      g_autoptr (LkTensor) tensor = lk_sample_tensor (bad[i].text, 1, &problem);
      g_assert_null (tensor);
      g_assert_cmpstr (problem, ==, bad[i].problem);
    }
}

static void
test_ranges (void)
{
  g_autofree char *problem = NULL;
  g_autoptr (LkTensor) reals = lk_sample_tensor ("float64[200] in -0.5..0.25", 3, &problem);
  g_autoptr (LkTensor) same = lk_sample_tensor ("float64[200] in -0.5..0.25", 3, &problem);
  g_autoptr (LkTensor) other = lk_sample_tensor ("float64[200] in -0.5..0.25", 4, &problem);
  g_autoptr (LkTensor) integers = lk_sample_tensor ("int32[200] in -1..2", 3, &problem);
  guint seen = 0;
  g_assert_true (checks_same (reals, same, 0));
  g_assert_false (checks_same (reals, other, 0));
  for (gint64 i = 0; i < 200; i++)
    {
      g_assert_true (lk_tensor_double_at (reals, i) >= -0.5 && lk_tensor_double_at (reals, i) < 0.25);
      g_assert_true (lk_tensor_int_at (integers, i) >= -1 && lk_tensor_int_at (integers, i) <= 2);
      seen |= 1u << (lk_tensor_int_at (integers, i) + 1);
    }
  g_assert_cmphex (seen, ==, 15);
}

static void
test_attributes (void)
{
  static const struct { const char *op, *attrs, *problem; } rows[] = {
    { "MatMul", "transpose_b=true", NULL }, { "MatMul", " transpose_b = true , transpose_a = false ", NULL },
    { "MatMul", NULL, NULL },
    { "MatMul", "transpose=true", "MatMul has no attribute 'transpose'" },
    { "MatMul", "transpose_a=yes", "'false' expected at 'yes'" },
    { "MatMul", "transpose_a=true x", "'x' is too much" },
    { "MatMul", "T=float32", "MatMul has no attribute 'T'" },
    { "Cast", NULL, "Cast needs attribute 'DstT'" }, { "Cast", "DstT=float99", "'float99' is no dtype" },
    { "Squeeze", "squeeze_dims=[0,-1]", NULL }, { "Squeeze", "squeeze_dims=[0", "',' expected at ''" },
    { "StringJoin", "separator=\"a\\\"b, c\"", NULL },
    { "StringJoin", "separator=\"a", "'\"' expected at ''" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *problem = NULL;
      g_autoptr (LkSampleCall) call = lk_sample_call_new (lk_op_find (rows[i].op),
                                                          &(LkSample) { "float64[1,1]", rows[i].attrs }, 1,
                                                          &problem);
      g_assert_cmpstr (problem, ==, rows[i].problem);
      g_assert_true ((call == NULL) == (problem != NULL));
      if (call != NULL && strcmp (rows[i].op, "MatMul") == 0)
        g_assert_cmpint (call->attrs[1].b, ==, rows[i].attrs != NULL);
      if (call != NULL && strcmp (rows[i].op, "StringJoin") == 0)
        g_assert_cmpstr (call->attrs[0].s, ==, "a\"b, c");
      if (call != NULL && strcmp (rows[i].op, "Squeeze") == 0)
        g_assert_true (call->attrs[0].ints->n == 2 && call->attrs[0].ints->v[1] == -1);
    }
}

/* Every op says in words how its outputs' shapes come about. */
static void
test_words (void)
{
  for (guint i = 0; i < lk_op_count (); i++)
    {
      const char *words = lk_op_shape_words (lk_op_at (i));
      if (words == NULL || !g_utf8_validate (words, -1, NULL) || !g_str_has_suffix (words, "."))
        g_error ("%s: the block has no sentence in .shape", lk_op_at (i)->name);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/ops/sample/tensors", test_tensors);
  g_test_add_func ("/engine/ops/sample/problems", test_problems);
  g_test_add_func ("/engine/ops/sample/ranges", test_ranges);
  g_test_add_func ("/engine/ops/sample/attributes", test_attributes);
  g_test_add_func ("/engine/ops/sample/words", test_words);
  return g_test_run ();
}
