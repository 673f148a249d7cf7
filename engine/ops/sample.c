/* SPDX-License-Identifier: MIT */
#include "engine/ops/sample.h"

#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/reader.h"

/* ---- attributes ---- */

static gpointer
own (LkSampleCall *call, gpointer memory)
{
  g_ptr_array_add (call->owned, memory);
  return memory;
}

/* LkInts and LkFloats are laid out alike: how many, then so many values of 8 bytes. */
G_STATIC_ASSERT (sizeof (LkInts) == sizeof (LkFloats) && sizeof (gint64) == sizeof (double));

static gboolean
take_value (LkReader *reader, gboolean floats, gint64 *value)
{
  double number;
  if (!floats)
    return lk_reader_int (reader, value);
  if (!lk_reader_number (reader, &number))
    return FALSE;
  memcpy (value, &number, sizeof number);
  return TRUE;
}

static gboolean
take_values (LkReader *reader, LkSampleCall *call, gboolean floats, LkAttr *attr)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (gint64));
  if (!lk_reader_need (reader, "["))
    return FALSE;
  while (!lk_reader_take (reader, "]"))
    {
      gint64 value;
      if ((values->len > 0 && !lk_reader_need (reader, ",")) || !take_value (reader, floats, &value))
        return FALSE;
      g_array_append_val (values, value);
    }
  LkInts *kept = own (call, g_malloc (sizeof *kept + values->len * sizeof (gint64)));
  kept->n = values->len;
  if (values->len > 0)
    memcpy (kept->v, values->data, values->len * sizeof (gint64));
  attr->ints = kept;
  return TRUE;
}

/* [float32,int64] */
static gboolean
take_types (LkReader *reader, LkSampleCall *call, LkAttr *attr)
{
  LkInts *types = own (call, g_malloc0 (sizeof *types + LK_MAX_RANK * 4 * sizeof (gint64)));
  attr->ints = types;
  if (!lk_reader_need (reader, "["))
    return FALSE;
  while (!lk_reader_take (reader, "]"))
    {
      LkDType dtype;
      if (types->n == LK_MAX_RANK * 4)
        return lk_reader_fail (reader, "more than %d types", LK_MAX_RANK * 4);
      if ((types->n > 0 && !lk_reader_need (reader, ",")) || !lk_reader_dtype (reader, &dtype))
        return FALSE;
      types->v[types->n++] = dtype;
    }
  return TRUE;
}

static gboolean
take_quoted (LkReader *reader, LkSampleCall *call, LkAttr *attr)
{
  if (!lk_reader_need (reader, "\""))
    return FALSE;
  const char *end = reader->at;
  while (*end != '"' && *end != '\0')
    end += *end == '\\' && end[1] != '\0' ? 2 : 1;
  g_autofree char *raw = g_strndup (reader->at, end - reader->at);
  attr->s = own (call, g_strcompress (raw));
  reader->at = end;
  return lk_reader_need (reader, "\"");
}

static gboolean
take_attr (LkReader *reader, LkSampleCall *call, const LkAttrDef *def, LkAttr *attr)
{
  switch (def->kind)
    {
    case LK_ATTR_BOOL:
      attr->b = lk_reader_take (reader, "true");
      return attr->b || lk_reader_need (reader, "false");
    case LK_ATTR_INT: return lk_reader_int (reader, &attr->i);
    case LK_ATTR_FLOAT: return lk_reader_number (reader, &attr->f);
    case LK_ATTR_TYPE: return lk_reader_dtype (reader, &attr->type);
    case LK_ATTR_STRING: return take_quoted (reader, call, attr);
    case LK_ATTR_INTS: return take_values (reader, call, FALSE, attr);
    case LK_ATTR_FLOATS: return take_values (reader, call, TRUE, attr);
    case LK_ATTR_TYPES: return take_types (reader, call, attr);
    case LK_ATTR_SHAPE:
      {
        LkShape *shape = own (call, g_new (LkShape, 1));
        attr->shape = shape;
        return lk_reader_shape (reader, shape);
      }
    case LK_ATTR_CLOSURE: return lk_reader_need (reader, "none");
    default: return lk_reader_fail (reader, "attribute '%s' is of a kind that cannot be written", def->name);
    }
}

/* The declared attribute of the given name that is an argument, and its place among those. */
static const LkAttrDef *
find_attr (const LkOp *op, const char *name, gint *place)
{
  for (guint i = 0; i < op->n_attrs; i++)
    if (strcmp (op->attrs[i].name, name) == 0)
      {
        *place = lk_op_given (op, i);
        return *place >= 0 ? &op->attrs[i] : NULL;
      }
  return NULL;
}

static gboolean
take_attrs (LkReader *reader, LkSampleCall *call, gboolean *given)
{
  do
    {
      gint place;
      lk_reader_take (reader, "");
      g_autofree char *name = lk_reader_until (reader, "=");
      const LkAttrDef *def = find_attr (call->op, name, &place);
      if (def == NULL)
        return lk_reader_fail (reader, "%s has no attribute '%s'", call->op->name, name);
      if (!lk_reader_need (reader, "=") || !take_attr (reader, call, def, &call->attrs[place]))
        return FALSE;
      given[place] = TRUE;
    }
  while (lk_reader_take (reader, ","));
  return *reader->at == '\0' || lk_reader_fail (reader, "'%s' is too much", reader->at);
}

static gboolean
fill_defaults (LkSampleCall *call, const gboolean *given, char **problem)
{
  for (guint i = 0; i < call->op->n_attrs; i++)
    {
      const LkAttrDef *def = &call->op->attrs[i];
      const gint place = lk_op_given (call->op, i);
      LkReader reader = { def->fallback, problem };
      if (place < 0 || given[place])
        continue;
      if (def->fallback == NULL)
        return lk_reader_fail (&reader, "%s needs attribute '%s'", call->op->name, def->name);
      if (!take_attr (&reader, call, def, &call->attrs[place]))
        return FALSE;
    }
  return TRUE;
}

/* ---- calls ---- */

static gboolean
take_inputs (LkReader *reader, LkSampleCall *call, guint64 seed)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  gboolean good = TRUE;
  lk_reader_take (reader, "");
  while (good && *reader->at != '\0')
    {
      LkTensor *tensor = lk_sample_read_tensor (reader, seed + 1000 * (inputs->len + 1));
      if (tensor != NULL)
        g_ptr_array_add (inputs, tensor);
      good = tensor != NULL
             && (lk_reader_take (reader, ";") || *reader->at == '\0'
                 || lk_reader_fail (reader, "';' expected at '%s'", reader->at));
      lk_reader_take (reader, "");
    }
  call->n_inputs = inputs->len;
  call->inputs = (LkTensor **) g_ptr_array_free (g_steal_pointer (&inputs), FALSE);
  return good;
}

static guint
count_outputs (const LkSampleCall *call)
{
  const LkOp *op = call->op;
  if (op->n_outputs == 0 || !op->outputs[0].list || op->outputs[0].count_attr < 0)
    return op->n_outputs;
  const gint place = lk_op_given (op, op->outputs[0].count_attr);
  return lk_op_count_outputs (op, place < 0 ? lk_op_list_length (op, call->n_inputs) : (guint) call->attrs[place].i);
}

static gboolean
fill_call (LkSampleCall *call, const LkSample *sample, guint64 seed, char **problem)
{
  g_autofree gboolean *given = g_new0 (gboolean, call->op->n_attrs + 1);
  LkReader inputs = { sample->inputs, problem }, attrs = { sample->attrs, problem };
  if (!take_inputs (&inputs, call, seed) || (sample->attrs != NULL && !take_attrs (&attrs, call, given))
      || !fill_defaults (call, given, problem))
    return FALSE;
  call->n_outputs = count_outputs (call);
  return TRUE;
}

LkSampleCall *
lk_sample_call_new (const LkOp *op, const LkSample *sample, guint64 seed, char **problem)
{
  g_autoptr (LkSampleCall) call = g_new0 (LkSampleCall, 1);
  *problem = NULL;
  call->op = op;
  call->attrs = g_new0 (LkAttr, op->n_attrs + 1);
  call->owned = g_ptr_array_new_with_free_func (g_free);
  return fill_call (call, sample, seed, problem) ? g_steal_pointer (&call) : NULL;
}

void
lk_sample_call_free (LkSampleCall *call)
{
  if (call == NULL)
    return;
  for (guint i = 0; i < call->n_inputs; i++)
    lk_tensor_unref (call->inputs[i]);
  g_free (call->inputs);
  g_free (call->attrs);
  g_ptr_array_unref (call->owned);
  g_free (call);
}

gboolean
lk_sample_call_apply (const LkSampleCall *call, LkContext *ctx, LkTensor *const *inputs, LkTensor **outputs)
{
  return lk_apply (ctx, call->op, inputs != NULL ? inputs : call->inputs, call->n_inputs, call->attrs,
                   outputs, call->n_outputs);
}
