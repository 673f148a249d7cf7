/* SPDX-License-Identifier: MIT */
#include "random_graph.h"

#define SIZE 12         /* elements that an image is made of, as batch 1, 2 channels, 2 × 3 */
#define CHANNELS 2

static const struct { guint n; gint64 v[4]; } ones = { 4, { 1, 1, 1, 1 } }, window = { 4, { 1, 1, 2, 2 } },
                                              dilated = { 4, { 1, 1, 2, 1 } };
#define INTS(list) ((const LkInts *) &(list))

static LkTensor *
random_values (LkDType dtype, LkShape shape)
{
  LkTensor *values = lk_tensor_new (dtype, &shape);
  for (gint64 i = 0; i < values->size; i++)
    lk_tensor_set_double (values, i, g_test_rand_double_range (-1, 1));
  return values;
}

/* There, something of its elements, and perhaps back. */
static LkTensor *
turned (LkContext *ctx, LkTensor *x, LkTensor *other)
{
  g_autoptr (LkTensor) last = ints (4, (gint64[]) { 0, 2, 3, 1 }), first = ints (4, (gint64[]) { 0, 3, 1, 2 });
  g_autoptr (LkTensor) there = lk_transpose (ctx, x, last), value = random_values (x->dtype, LK_SHAPE (CHANNELS));
  g_autoptr (LkTensor) shifted = lk_add (ctx, there, value), smooth = lk_tanh (ctx, shifted);
  if (g_test_rand_bit ())
    return lk_transpose (ctx, smooth, first);
  g_autoptr (LkTensor) beside = lk_transpose (ctx, other, last), both = lk_mul (ctx, smooth, beside);
  return lk_transpose (ctx, both, first);
}

static LkTensor *
normalized (LkContext *ctx, LkTensor *x)
{
  const LkShape vector = LK_SHAPE (CHANNELS), none = LK_SHAPE (0);
  g_autoptr (LkTensor) scale = random_values (x->dtype, vector), offset = random_values (x->dtype, vector),
                       empty = lk_tensor_new (x->dtype, &none);
  LkTensor *outputs[6] = { NULL };
  lk_fused_batch_norm (ctx, x, scale, offset, empty, empty, 0.001, 1, "NCHW", TRUE, outputs);
  for (guint i = 1; i < 6; i++)
    lk_tensor_unref (outputs[i]);
  return outputs[0];
}

/* The gradient of the pool of x, by x. */
static LkTensor *
pool_slope (LkContext *ctx, LkTensor *x)
{
  g_autoptr (LkTensor) y = lk_max_pool (ctx, x, INTS (window), INTS (ones), "SAME", NULL, "NCHW");
  return lk_max_pool_grad (ctx, x, y, y, INTS (window), INTS (ones), "SAME", NULL, "NCHW");
}

static LkTensor *
convolved (LkContext *ctx, LkTensor *x, gboolean back)
{
  g_autoptr (LkTensor) filter = random_values (x->dtype, LK_SHAPE (2, 2, CHANNELS, CHANNELS)), sizes = lk_shape (ctx, x, LK_INT32);
  return back ? lk_conv2d_backprop_input (ctx, sizes, filter, x, INTS (ones), TRUE, "SAME", NULL, "NCHW", INTS (dilated))
              : lk_conv2d (ctx, x, filter, INTS (ones), TRUE, "SAME", NULL, "NCHW", INTS (ones));
}

/* x · Σ x, channel by channel. */
static LkTensor *
by_sums (LkContext *ctx, LkTensor *x)
{
  g_autoptr (LkTensor) sums = lk_bias_add_grad (ctx, x, "NCHW"), column = ints (4, (gint64[]) { 1, CHANNELS, 1, 1 });
  g_autoptr (LkTensor) whole = lk_reshape (ctx, sums, column);
  return lk_mul (ctx, x, whole);
}

static LkTensor *
random_step (LkContext *ctx, LkTensor *x, LkTensor *before)
{
  g_autoptr (LkTensor) bias = NULL;
  switch (g_test_rand_int_range (0, 10))
    {
    case 0: case 1: return convolved (ctx, x, FALSE);
    case 2: return convolved (ctx, x, TRUE);
    case 3: return lk_avg_pool (ctx, x, INTS (window), INTS (ones), "SAME", "NCHW");
    case 4: return pool_slope (ctx, x);
    case 5: return lk_relu (ctx, x);
    case 6: return lk_add (ctx, x, before);
    case 7: return g_test_rand_bit () ? normalized (ctx, x) : by_sums (ctx, x);
    case 8:
      bias = random_values (x->dtype, LK_SHAPE (CHANNELS));
      return lk_bias_add (ctx, x, bias, "NCHW");
    default: return turned (ctx, x, before);
    }
}

LkTensor *
random_image (LkContext *ctx, LkTensor *x)
{
  g_autoptr (LkTensor) flat = ints (1, (gint64[]) { -1 }), image = ints (4, (gint64[]) { 1, CHANNELS, 2, 3 });
  if (x->size != SIZE || !lk_dtype_is_floating (x->dtype))
    return NULL;
  g_autoptr (LkTensor) before = lk_reshape (ctx, x, image), now = lk_neg (ctx, before);
  for (guint i = g_test_rand_int_range (2, 8); i > 0; i--)
    {
      LkTensor *next = random_step (ctx, now, before);
      lk_tensor_unref (before);
      before = now;
      now = next;
    }
  return lk_reshape (ctx, now, flat);
}
