/* SPDX-License-Identifier: MIT */
#include "call.h"

#include <math.h>
#include <string.h>

#include "engine/core/narrow.h"
#include "engine/eager/dispatch.h"
#include "engine/events/attrs.h"

/* ---- drawing ---- */

static gboolean
chance (GRand *rand, guint percent)
{
  return g_rand_int_range (rand, 0, 100) < (gint32) percent;
}

#define PICK(rand, array) ((array)[g_rand_int_range ((rand), 0, G_N_ELEMENTS (array))])

static gint64
draw_int (GRand *rand)
{
  static const gint64 few[] = { 0, 1, 2, 3, -1 };
  static const gint64 special[] = { -2, -3, 4, 7, 8, 9, 100, -100, 127, 128, 255, G_MAXINT32, G_MININT32, (gint64) 1 << 31,
                                    (gint64) 1 << 40, (gint64) 1 << 62, G_MAXINT64, G_MININT64, G_MAXINT64 - 1 };
  return chance (rand, 75) ? PICK (rand, few) : PICK (rand, special);
}

static double
draw_double (GRand *rand)
{
  static const double special[] = { 0, -0.0, 1, -1, 0.5, NAN, INFINITY, -INFINITY, 1e300, -1e300, 1e-310, 1e30, -1e9, 3e9 };
  return chance (rand, 70) ? g_rand_double_range (rand, -2, 2) : PICK (rand, special);
}

static LkShape
draw_shape (GRand *rand)
{
  static const gint64 dims[] = { 0, 1, 1, 2, 2, 2, 3, 3, 4, 5, 17 };
  LkShape shape = { .rank = g_rand_int_range (rand, 0, chance (rand, 10) ? LK_MAX_RANK + 1 : 5) };
  gint64 size = 1;
  for (guint i = 0; i < shape.rank; i++)
    {
      shape.dims[i] = size > 5000 ? 1 : PICK (rand, dims);
      size *= MAX (shape.dims[i], 1);
    }
  return shape;
}

static LkShape
mutate_shape (const LkShape *shape, GRand *rand)
{
  LkShape result = *shape;
  const guint at = shape->rank > 0 ? (guint) g_rand_int_range (rand, 0, shape->rank) : 0;
  switch (g_rand_int_range (rand, 0, 5))
    {
    case 0:
      if (result.rank > 0)
        result.dims[at] = g_rand_int_range (rand, 0, 5);
      break;
    case 1:
      if (result.rank > 0)
        memmove (&result.dims[at], &result.dims[at + 1], (--result.rank - at) * sizeof (gint64));
      break;
    case 2:
      if (result.rank < LK_MAX_RANK)
        result.dims[result.rank++] = g_rand_int_range (rand, 0, 4);
      break;
    case 3:
      if (result.rank > 0)
        result.dims[at] = 1;
      break;
    default:
      return draw_shape (rand);
    }
  return result;
}

static LkDType
draw_dtype (GRand *rand, guint64 allowed)
{
  static const LkDType all[] = { LK_FLOAT32, LK_FLOAT64, LK_INT32, LK_INT64, LK_BOOL, LK_STRING, LK_FLOAT16, LK_BFLOAT16,
                                 LK_INT8, LK_INT16, LK_UINT8, LK_UINT16, LK_UINT32, LK_UINT64, LK_COMPLEX64, LK_COMPLEX128 };
  for (guint tries = 0; tries < 100; tries++)
    {
      const LkDType dtype = all[g_rand_int_range (rand, 0, chance (rand, 50) ? 4 : G_N_ELEMENTS (all))];
      if (allowed == 0 || allowed >> dtype & 1)
        return dtype;
    }
  return LK_FLOAT32;
}

/* ---- tensors ---- */

static void
fill (LkTensor *tensor, GRand *rand)
{
  const gboolean complex = lk_dtype_is_complex (tensor->dtype);
  for (gint64 i = 0; i < tensor->size * (complex ? 2 : 1); i++)
    switch ((int) tensor->dtype)
      {
      case LK_FLOAT32: case LK_COMPLEX64: ((float *) tensor->data)[i] = draw_double (rand); break;
      case LK_FLOAT64: case LK_COMPLEX128: ((double *) tensor->data)[i] = draw_double (rand); break;
      case LK_FLOAT16: ((guint16 *) tensor->data)[i] = lk_half_from_float (draw_double (rand)); break;
      case LK_BFLOAT16: ((guint16 *) tensor->data)[i] = lk_bfloat16_from_float (draw_double (rand)); break;
      case LK_BOOL: ((guint8 *) tensor->data)[i] = chance (rand, 50); break;
      case LK_INT8: case LK_UINT8: ((gint8 *) tensor->data)[i] = draw_int (rand); break;
      case LK_INT16: case LK_UINT16: ((gint16 *) tensor->data)[i] = draw_int (rand); break;
      case LK_INT32: case LK_UINT32:
        ((gint32 *) tensor->data)[i] = CLAMP (draw_int (rand), G_MININT32, G_MAXINT32); break;
      default: ((gint64 *) tensor->data)[i] = draw_int (rand);
      }
}

static LkTensor *
draw_strings (const LkShape *shape, GRand *rand)
{
  static const char *const texts[] = { "", "a", "b,c", "Hello World", "12", "-3.5", "nan", "\xc3\xa9t\xc3\xa9", "\xff\xfe", "{}", "%s",
                                       "(", "[a-z]+", "a=b", "  x ", "1e999", "99999999999999999999" };
  g_autoptr (GPtrArray) chosen = g_ptr_array_new ();
  for (gint64 i = 0; i < lk_shape_size (shape); i++)
    g_ptr_array_add (chosen, (gpointer) PICK (rand, texts));
  g_ptr_array_add (chosen, NULL);
  return lk_tensor_new_strings (shape, (const char *const *) chosen->pdata, NULL);
}

static LkTensor *
draw_tensor (FuzzCall *call, LkDType dtype, const LkShape *shape, GRand *rand)
{
  LkTensor *tensor = dtype == LK_STRING ? draw_strings (shape, rand) : lk_tensor_new (dtype, shape);
  g_assert_nonnull (tensor);
  if (dtype != LK_STRING)
    fill (tensor, rand);
  g_ptr_array_add (call->tensors, tensor);
  return tensor;
}

static LkTensor *
draw_variable (LkContext *ctx, FuzzCall *call, LkDType dtype, const LkShape *shape, GRand *rand)
{
  LkTensor *initial = chance (rand, 95) ? draw_tensor (call, dtype, shape, rand) : NULL;
  LkVariable *variable = lk_variable_new (ctx, "fuzzed", dtype, shape, initial, TRUE);
  g_ptr_array_add (call->variables, variable);
  g_ptr_array_add (call->tensors, lk_tensor_ref (variable->handle));
  return variable->handle;
}

static LkTensor *
draw_list (LkContext *ctx, FuzzCall *call, LkDType dtype, const LkShape *shape, GRand *rand)
{
  LkTensor *tensor = draw_tensor (call, dtype, shape, rand);
  LkTensor *list = NULL;
  if (shape->rank > 0)
    list = lk_tensor_list_from_tensor (ctx, tensor);
  if (list == NULL)
    {
      g_autoptr (GError) error = lk_context_take_error (ctx);
      list = lk_empty_tensor_list (ctx, dtype, &LK_SHAPE_UNKNOWN);
    }
  g_assert_nonnull (list);
  g_ptr_array_add (call->tensors, list);
  return list;
}

/* Of what the declaration asks for; seldom of something else. dtype: what it settles; what is pointed at, of handles. */
static LkTensor *
draw_input (LkContext *ctx, FuzzCall *call, const LkArg *arg, LkDType dtype, const LkShape *shape, GRand *rand)
{
  if (chance (rand, 2))
    return draw_tensor (call, draw_dtype (rand, 0), shape, rand);
  if (arg->dtype == LK_RESOURCE)
    return draw_variable (ctx, call, dtype, shape, rand);
  if (arg->dtype == LK_VARIANT)
    return draw_list (ctx, call, dtype, shape, rand);
  return draw_tensor (call, dtype, shape, rand);
}

/* ---- attributes ---- */

static gpointer
own (FuzzCall *call, gpointer memory)
{
  g_ptr_array_add (call->owned, memory);
  return memory;
}

static const char *
draw_text (GRand *rand)
{
  static const char *const texts[] = { "", "SAME", "VALID", "EXPLICIT", "NHWC", "NCHW", "NDHWC", "NCDHW", "REFLECT", "SYMMETRIC",
                                       "ij,jk->ik", "...i,i->...", "ii->i", "i,", "left", "UTF-8", "BYTE", "UTF8_CHAR", "min",
                                       "sum", "x", "LEFT_RIGHT", "\xff" };
  return PICK (rand, texts);
}

static const LkInts *
draw_ints (FuzzCall *call, gboolean types, GRand *rand)
{
  const guint n = g_rand_int_range (rand, 0, 7);
  LkInts *ints = own (call, g_malloc (sizeof *ints + n * sizeof (gint64)));
  ints->n = n;
  for (guint i = 0; i < n; i++)
    ints->v[i] = types ? (gint64) draw_dtype (rand, 0) : draw_int (rand);
  return ints;
}

static const LkFloats *
draw_floats (FuzzCall *call, GRand *rand)
{
  const guint n = g_rand_int_range (rand, 0, 5);
  LkFloats *floats = own (call, g_malloc (sizeof *floats + n * sizeof (double)));
  floats->n = n;
  for (guint i = 0; i < n; i++)
    floats->v[i] = draw_double (rand);
  return floats;
}

static const LkShape *
draw_shape_attr (FuzzCall *call, GRand *rand)
{
  LkShape *shape = own (call, g_new (LkShape, 1));
  *shape = chance (rand, 20) ? LK_SHAPE_UNKNOWN : draw_shape (rand);
  if (shape->rank != LK_RANK_UNKNOWN && shape->rank > 0 && chance (rand, 30))
    shape->dims[g_rand_int_range (rand, 0, shape->rank)] = LK_DIM_UNKNOWN;
  return shape;
}

static void
draw_attr (FuzzCall *call, const LkAttrDef *def, LkAttr *attr, GRand *rand)
{
  const LkShape shape = draw_shape (rand);
  switch (def->kind)
    {
    case LK_ATTR_BOOL: attr->b = chance (rand, 50); break;
    case LK_ATTR_INT: attr->i = draw_int (rand); break;
    case LK_ATTR_FLOAT: attr->f = draw_double (rand); break;
    case LK_ATTR_TYPE: attr->type = draw_dtype (rand, chance (rand, 95) ? def->types : 0); break;
    case LK_ATTR_STRING: attr->s = draw_text (rand); break;
    case LK_ATTR_INTS: attr->ints = draw_ints (call, FALSE, rand); break;
    case LK_ATTR_TYPES: attr->ints = draw_ints (call, TRUE, rand); break;
    case LK_ATTR_FLOATS: attr->floats = draw_floats (call, rand); break;
    case LK_ATTR_SHAPE: attr->shape = draw_shape_attr (call, rand); break;
    case LK_ATTR_TENSOR: attr->tensor = draw_tensor (call, draw_dtype (rand, 0), &shape, rand); break;
    default: break;
    }
}

/* ---- calls ---- */

/* How many outputs there are is the caller's to say, so these stay small. */
static void
count_outputs (FuzzCall *call)
{
  const LkOp *op = call->op;
  call->n_outputs = op->n_outputs;
  if (op->n_outputs == 0 || !op->outputs[0].list)
    return;
  const gint attr = op->outputs[0].count_attr, given = attr < 0 ? -1 : lk_op_given (op, attr);
  if (given >= 0)
    call->attrs[given].i = ABS (call->attrs[given].i % 5);
  call->n_outputs = lk_op_count_outputs (op, given >= 0 ? (guint) call->attrs[given].i : lk_op_list_length (op, call->n_inputs));
}

static void
draw_attrs (FuzzCall *call, GRand *rand)
{
  for (guint i = 0; i < call->op->n_attrs; i++)
    {
      const gint given = lk_op_given (call->op, i);
      if (given >= 0)
        draw_attr (call, &call->op->attrs[i], &call->attrs[given], rand);
    }
}

static LkDType
settle (const LkOp *op, const LkArg *arg, LkDType *types, GRand *rand)
{
  if (arg->type_attr < 0)
    return arg->dtype == LK_INVALID || arg->dtype == LK_RESOURCE || arg->dtype == LK_VARIANT ? draw_dtype (rand, 0) : arg->dtype;
  if (types[arg->type_attr] == LK_INVALID)
    types[arg->type_attr] = draw_dtype (rand, op->attrs[arg->type_attr].types);
  return types[arg->type_attr];
}

/* Anything. Shapes are often alike, so that they may fit. */
static void
fill_at_random (LkContext *ctx, FuzzCall *call, GRand *rand)
{
  const LkOp *op = call->op;
  LkDType types[FUZZ_MAX_ATTRS * 2] = { 0 };
  const LkShape base = draw_shape (rand);
  const guint length = (guint) g_rand_int_range (rand, 0, 4);
  draw_attrs (call, rand);
  for (guint i = 0; i < op->n_inputs; i++)
    for (guint k = 0; k < (op->inputs[i].list ? length : 1) && call->n_inputs < FUZZ_MAX_INPUTS; k++)
      {
        const LkShape shape = chance (rand, 50) ? base : mutate_shape (&base, rand);
        call->inputs[call->n_inputs++] = draw_input (ctx, call, &op->inputs[i], settle (op, &op->inputs[i], types, rand), &shape,
                                                     rand);
      }
}

/* A sample's input in the dtype that was drawn; numbers that the sample gives are kept more often than not. */
static LkTensor *
vary_input (LkContext *ctx, FuzzCall *call, LkTensor *tensor, LkDType dtype, GRand *rand)
{
  if (chance (rand, 12))
    {
      const LkShape shape = mutate_shape (&tensor->shape, rand);
      return draw_tensor (call, dtype, &shape, rand);
    }
  if (chance (rand, 10) || (dtype == LK_STRING) != (tensor->dtype == LK_STRING))
    return draw_tensor (call, dtype, &tensor->shape, rand);
  if (dtype == LK_STRING || dtype == tensor->dtype)
    {
      g_ptr_array_add (call->tensors, lk_tensor_ref (tensor));
      return tensor;
    }
  LkTensor *cast = lk_cast (ctx, tensor, dtype);
  g_autoptr (GError) error = lk_context_take_error (ctx);
  if (cast == NULL)
    return draw_tensor (call, dtype, &tensor->shape, rand);
  g_ptr_array_add (call->tensors, cast);
  return cast;
}

static gboolean
fill_from_sample (LkContext *ctx, FuzzCall *call, GRand *rand)
{
  const LkSample *samples = call->op->block->samples;
  LkDType types[FUZZ_MAX_ATTRS * 2] = { 0 };
  g_autofree char *problem = NULL;
  guint n = 0, at = 0;
  while (samples != NULL && samples[n].inputs != NULL)
    n++;
  if (n == 0)
    return FALSE;
  LkSampleCall *sample = lk_sample_call_new (call->op, &samples[g_rand_int_range (rand, 0, (gint32) n)], g_rand_int (rand), &problem);
  if (sample == NULL || sample->n_inputs > FUZZ_MAX_INPUTS)
    g_error ("%s: a sample is wrong: %s", call->op->name, problem);
  call->sample = sample;
  const gboolean retype = chance (rand, 60);
  const guint length = lk_op_list_length (call->op, sample->n_inputs);
  for (guint i = 0; i < call->op->n_inputs; i++)
    for (guint k = 0; k < (call->op->inputs[i].list ? length : 1) && at < sample->n_inputs; k++, at++)
      {
        const LkArg *arg = &call->op->inputs[i];
        const gboolean typed = retype && arg->type_attr >= 0;
        const LkDType dtype = typed ? settle (call->op, arg, types, rand) : sample->inputs[at]->dtype;
        call->inputs[call->n_inputs++] = vary_input (ctx, call, sample->inputs[at], dtype, rand);
      }
  memcpy (call->attrs, sample->attrs, lk_op_n_given (call->op) * sizeof (LkAttr));
  for (guint i = 0; i < call->op->n_attrs; i++)
    {
      const gint given = lk_op_given (call->op, i);
      if (given >= 0 && chance (rand, 20))
        draw_attr (call, &call->op->attrs[i], &call->attrs[given], rand);
    }
  return TRUE;
}

gboolean
fuzz_op_is_called (const LkOp *op)
{
  static const char *const effects[] = { "PrintV2", "WriteFile", "PyFunc", "EagerPyFunc", "PyFuncStateless", "Placeholder", NULL };
  for (guint i = 0; i < op->n_attrs; i++)
    if (op->attrs[i].kind == LK_ATTR_FUNC || op->attrs[i].kind == LK_ATTR_FUNCS)
      return FALSE;
  return !g_strv_contains (effects, op->name) && op->n_inputs <= FUZZ_MAX_INPUTS && lk_op_n_given (op) <= FUZZ_MAX_ATTRS;
}

FuzzCall *
fuzz_call_new (LkContext *ctx, const LkOp *op, GRand *rand)
{
  FuzzCall *call = g_new0 (FuzzCall, 1);
  call->op = op;
  call->owned = g_ptr_array_new_with_free_func (g_free);
  call->tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  call->variables = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_variable_unref);
  if (!chance (rand, 75) || !fill_from_sample (ctx, call, rand))
    fill_at_random (ctx, call, rand);
  count_outputs (call);
  return call;
}

void
fuzz_call_free (FuzzCall *call)
{
  if (call == NULL)
    return;
  g_ptr_array_unref (call->tensors);
  g_ptr_array_unref (call->variables);
  lk_sample_call_free (call->sample);
  g_ptr_array_unref (call->owned);
  g_free (call);
}

char *
fuzz_call_text (const FuzzCall *call)
{
  GString *text = g_string_new (call->op->name);
  g_string_append (text, " (");
  for (guint i = 0; i < call->n_inputs; i++)
    {
      const LkTensor *tensor = call->inputs[i];
      g_autofree char *shape = lk_shape_text (&tensor->shape);
      g_string_append_printf (text, "%s%s%s", i > 0 ? "; " : "", lk_dtype_name (tensor->dtype), shape);
      if (tensor->dtype == LK_RESOURCE || tensor->dtype == LK_VARIANT || tensor->size > 12)
        continue;
      g_autofree char *value = lk_tensor_text (tensor);
      g_string_append_printf (text, " %s", g_strdelimit (value, "\n", ' '));
    }
  g_autofree char *attrs = lk_attrs_text (call->op, call->attrs);
  g_string_append_printf (text, ") {%s}", attrs);
  return g_string_free (text, FALSE);
}
