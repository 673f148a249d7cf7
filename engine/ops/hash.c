/* SPDX-License-Identifier: MIT */
/* Hashes of texts. The fast one is FarmHash's Fingerprint64 (Geoff Pike, Jyrki Alakuijala), the strong one SipHash-2-4
   (Aumasson, Bernstein: "SipHash: a fast short-input PRF"), the old one MurmurHash64A (Austin Appleby) with TensorFlow's seed. */
#include <string.h>

#include "engine/ops/rule.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static guint64
word (const char *at)
{
  guint64 value;
  memcpy (&value, at, sizeof value);
  return GUINT64_FROM_LE (value);
}

static guint64
half_word (const char *at)
{
  guint32 value;
  memcpy (&value, at, sizeof value);
  return GUINT32_FROM_LE (value);
}

static guint64
turned (guint64 value, int right)
{
  return value >> right | value << (64 - right);
}

static guint64
turned_left (guint64 value, int left)
{
  return turned (value, 64 - left);
}

/* ---- FarmHash ---- */

#define K0 G_GUINT64_CONSTANT (0xc3a5c85c97cb3127)
#define K1 G_GUINT64_CONSTANT (0xb492b66fbe98f273)
#define K2 G_GUINT64_CONSTANT (0x9ae16a3b2f90404f)

static guint64
shift_mix (guint64 value)
{
  return value ^ value >> 47;
}

static guint64
of_two (guint64 u, guint64 v, guint64 factor)
{
  const guint64 a = shift_mix ((u ^ v) * factor);
  return shift_mix ((v ^ a) * factor) * factor;
}

static guint64
up_to_16 (const char *s, gsize n)
{
  if (n >= 8)
    {
      const guint64 factor = K2 + n * 2, a = word (s) + K2, b = word (s + n - 8);
      return of_two (turned (b, 37) * factor + a, (turned (a, 25) + b) * factor, factor);
    }
  if (n >= 4)
    return of_two (n + (half_word (s) << 3), half_word (s + n - 4), K2 + n * 2);
  if (n == 0)
    return K2;
  const guint8 *bytes = (const guint8 *) s;
  const guint32 y = bytes[0] + ((guint32) bytes[n >> 1] << 8), z = (guint32) n + ((guint32) bytes[n - 1] << 2);
  return shift_mix (y * K2 ^ z * K0) * K2;
}

static guint64
up_to_32 (const char *s, gsize n)
{
  const guint64 factor = K2 + n * 2, a = word (s) * K1, b = word (s + 8);
  const guint64 c = word (s + n - 8) * factor, d = word (s + n - 16) * K2;
  return of_two (turned (a + b, 43) + turned (c, 30) + d, a + turned (b + K2, 18) + c, factor);
}

static guint64
up_to_64 (const char *s, gsize n)
{
  const guint64 factor = K2 + n * 2, a = word (s) * K2, b = word (s + 8);
  const guint64 c = word (s + n - 8) * factor, d = word (s + n - 16) * K2;
  const guint64 y = turned (a + b, 43) + turned (c, 30) + d, z = of_two (y, a + turned (b + K2, 18) + c, factor);
  const guint64 e = word (s + 16) * factor, f = word (s + 24);
  const guint64 g = (y + word (s + n - 32)) * factor, h = (z + word (s + n - 24)) * factor;
  return of_two (turned (e + f, 43) + turned (g, 30) + h, e + turned (f + a, 18) + g, factor);
}

typedef struct
{
  guint64 a, b;
} Pair;

static Pair
weak (const char *s, guint64 a, guint64 b)
{
  const guint64 w = word (s), z = word (s + 24);
  a += w;
  b = turned (b + a + z, 21);
  const guint64 c = a;
  a += word (s + 8) + word (s + 16);
  return (Pair) { a + z, b + turned (a, 44) + c };
}

typedef struct
{
  guint64 x, y, z;
  Pair v, w;
} Farm;

/* One block of 64 bytes; the last one is weighed differently. */
static void
farm_step (Farm *f, const char *s, guint64 factor, guint64 weight)
{
  f->x = turned (f->x + f->y + f->v.a + word (s + 8), 37) * factor;
  f->y = turned (f->y + f->v.b + word (s + 48), 42) * factor;
  f->x ^= f->w.b * weight;
  f->y += f->v.a * weight + word (s + 40);
  f->z = turned (f->z + f->w.a, 33) * factor;
  f->v = weak (s, f->v.b * factor, f->x + f->w.a);
  f->w = weak (s + 32, f->z + f->w.b, f->y + word (s + 16));
  const guint64 z = f->z;
  f->z = f->x;
  f->x = z;
}

static guint64
fast_hash (LkText text)
{
  const char *s = text.bytes;
  const gsize n = text.length;
  if (n <= 16)
    return up_to_16 (s, n);
  if (n <= 32)
    return up_to_32 (s, n);
  if (n <= 64)
    return up_to_64 (s, n);
  Farm f = { 81, 81 * K1 + 113, 0, { 0, 0 }, { 0, 0 } };
  f.z = shift_mix (f.y * K2 + 113) * K2;
  f.x = f.x * K2 + word (s);
  for (gsize i = 0; i < (n - 1) / 64; i++)
    farm_step (&f, s + i * 64, K1, 1);
  const guint64 factor = K1 + ((f.z & 0xff) << 1);
  f.w.a += (n - 1) & 63;
  f.v.a += f.w.a;
  f.w.a += f.v.a;
  farm_step (&f, s + n - 64, factor, 9);
  return of_two (of_two (f.v.a, f.w.a, factor) + shift_mix (f.y) * K0 + f.z, of_two (f.v.b, f.w.b, factor) + f.x, factor);
}

/* ---- SipHash ---- */

static void
sip_rounds (guint64 *v, int n)
{
  while (n-- > 0)
    {
      v[0] += v[1]; v[2] += v[3];
      v[1] = turned_left (v[1], 13) ^ v[0]; v[3] = turned_left (v[3], 16) ^ v[2];
      v[0] = turned_left (v[0], 32);
      v[2] += v[1]; v[0] += v[3];
      v[1] = turned_left (v[1], 17) ^ v[2]; v[3] = turned_left (v[3], 21) ^ v[0];
      v[2] = turned_left (v[2], 32);
    }
}

static void
sip_word (guint64 *v, guint64 m)
{
  v[3] ^= m;
  sip_rounds (v, 2);
  v[0] ^= m;
}

static guint64
strong_hash (LkText text, guint64 k0, guint64 k1)
{
  guint64 v[4] = { k0 ^ G_GUINT64_CONSTANT (0x736f6d6570736575), k1 ^ G_GUINT64_CONSTANT (0x646f72616e646f6d),
                   k0 ^ G_GUINT64_CONSTANT (0x6c7967656e657261), k1 ^ G_GUINT64_CONSTANT (0x7465646279746573) };
  guint64 last = (guint64) text.length << 56;
  const gsize whole = text.length / 8 * 8;
  for (gsize i = 0; i < whole; i += 8)
    sip_word (v, word (text.bytes + i));
  for (gsize i = whole; i < text.length; i++)
    last |= (guint64) (guint8) text.bytes[i] << 8 * (i - whole);
  sip_word (v, last);
  v[2] ^= 0xff;
  sip_rounds (v, 4);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- MurmurHash64A ---- */

static guint64
old_hash (LkText text)
{
  const guint64 factor = G_GUINT64_CONSTANT (0xc6a4a7935bd1e995);
  const gsize whole = text.length / 8 * 8;
  guint64 h = G_GUINT64_CONSTANT (0xDECAFCAFFE) ^ text.length * factor, last = 0;
  for (gsize i = 0; i < whole; i += 8)
    {
      guint64 k = word (text.bytes + i) * factor;
      k = (k ^ k >> 47) * factor;
      h = (h ^ k) * factor;
    }
  for (gsize i = whole; i < text.length; i++)
    last |= (guint64) (guint8) text.bytes[i] << 8 * (i - whole);
  if (text.length > whole)
    h = (h ^ last) * factor;
  h = (h ^ h >> 47) * factor;
  return h ^ h >> 47;
}

/* ---- the ops ---- */

#define BUCKET_SHAPE "The input's shape."

static gboolean
bucket_infer (const LkCall *call, LkSignature *out)
{
  if (call->attrs[0].i < 1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'num_buckets' of %" G_GINT64_FORMAT
                         " must be at least minimum 1", call->attrs[0].i);
  if (call->op->index == LK_OP_STRING_TO_HASH_BUCKET_STRONG && call->attrs[1].ints->n != 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Key must have 2 elements");
  return lk_infer_first (call, out);
}

static void
bucket_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  gint64 *y = call->outputs[0]->data;
  for (gint64 i = 0; i < x->size; i++)
    {
      const LkText text = lk_text_at (x, i);
      guint64 hash;
      switch (call->op->index)
        {
        case LK_OP_STRING_TO_HASH_BUCKET_FAST: hash = fast_hash (text); break;
        case LK_OP_STRING_TO_HASH_BUCKET_STRONG:
          hash = strong_hash (text, call->attrs[1].ints->v[0], call->attrs[1].ints->v[1]); break;
        default: hash = old_hash (text);
        }
      y[i] = hash % (guint64) call->attrs[0].i;
    }
}

LK_BLOCK (string_to_hash_bucket, .infer = bucket_infer, .shape = BUCKET_SHAPE, .kernel = bucket_kernel,
          SAMPLES ({ "string[3]={Hello,TensorFlow,2.x}", "num_buckets=3" }, { "string[0]", "num_buckets=1" }));
LK_BLOCK (string_to_hash_bucket_fast, .infer = bucket_infer, .shape = BUCKET_SHAPE, .kernel = bucket_kernel,
          SAMPLES ({ "string[3]={Hello,TensorFlow,2.x}", "num_buckets=3" }, { "string[0]", "num_buckets=1" }));
LK_BLOCK (string_to_hash_bucket_strong, .infer = bucket_infer, .shape = BUCKET_SHAPE, .kernel = bucket_kernel,
          SAMPLES ({ "string[2]={Hello,TF}", "num_buckets=3, key=[1,2]" }, { "string[0]", "num_buckets=1, key=[1,2]" }));

/* ---- Fingerprint ---- */

enum { FINGERPRINT_SIZE = 8 };

static gboolean
fingerprint_infer (const LkCall *call, LkSignature *out)
{
  const LkTensor *data = call->inputs[0], *method = lk_call_constant (call, 1);
  if (!lk_rule_need_min_rank (call, 0, 1, "`data` should have at least one dimension: %s")
      || !lk_rule_need_scalar (call, 1, "method"))
    return FALSE;
  if (data->dtype != LK_STRING && (lk_dtype_size (data->dtype) == 0 || data->dtype == LK_RESOURCE))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Data type not supported: %s", lk_dtype_name (data->dtype));
  gsize n = 0;
  const char *name = method != NULL ? lk_string_at (method, 0, &n) : NULL;
  if (name != NULL && (n != strlen ("farmhash64") || memcmp (name, "farmhash64", n) != 0))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Unsupported fingerprint method: %.*s", (int) n, name);
  out[0].shape = LK_SHAPE (data->shape.rank != LK_RANK_UNKNOWN ? data->shape.dims[0] : LK_DIM_UNKNOWN, FINGERPRINT_SIZE);
  return TRUE;
}

/* Of several strings in a row: that of theirs. */
static guint64
row_fingerprint (const LkTensor *x, gint64 row, gint64 width)
{
  const gsize size = lk_dtype_size (x->dtype);
  if (x->dtype != LK_STRING)
    return fast_hash ((LkText) { (const char *) x->data + row * width * size, width * size });
  if (width == 1)
    return fast_hash (lk_text_at (x, row));
  g_autofree guint64 *each = g_new (guint64, width + 1);
  for (gint64 i = 0; i < width; i++)
    each[i] = GUINT64_TO_LE (fast_hash (lk_text_at (x, row * width + i)));
  return fast_hash ((LkText) { (const char *) each, width * sizeof *each });
}

static void
fingerprint_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  const LkText method = lk_text_at (call->inputs[1], 0);
  if (method.length != strlen ("farmhash64") || memcmp (method.bytes, "farmhash64", method.length) != 0)
    {
      lk_call_fail (call, LK_INVALID_ARGUMENT, "Unsupported fingerprint method: %.*s", (int) method.length, method.bytes);
      return;
    }
  for (gint64 row = 0; row < x->shape.dims[0]; row++)
    {
      const guint64 hash = GUINT64_TO_LE (row_fingerprint (x, row, x->size / x->shape.dims[0]));
      memcpy ((char *) call->outputs[0]->data + row * FINGERPRINT_SIZE, &hash, FINGERPRINT_SIZE);
    }
}

/* All of its row. */
static void
fingerprint_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkTensor *x = call->inputs[0];
  const gint64 width = x->size / MAX (x->shape.dims[0], 1);
  lk_provenance_add (into, 0, element / FINGERPRINT_SIZE * width, width, 1);
  lk_provenance_add (into, 1, 0, 1, 1);
}

LK_BLOCK (fingerprint, .infer = fingerprint_infer, .kernel = fingerprint_kernel, .provenance = fingerprint_provenance,
          .shape = "A row of 8 bytes for each row of the data.",
          SAMPLES ({ "string[3]={Hello,TensorFlow,2.x}; string[]={farmhash64}" }, { "int32[2,3]; string[]={farmhash64}" },
                   { "string[1,2]={a,b}; string[]={farmhash64}" }, { "float32[0,2]; string[]={farmhash64}" }));
