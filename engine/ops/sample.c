/* SPDX-License-Identifier: MIT */
#include "engine/ops/sample.h"

#include <math.h>
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/philox.h"

/* ---- reading ---- */

typedef struct
{
  const char *at;
  char **problem;
} Reader;

static gboolean fail (Reader *reader, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (Reader *reader, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  if (*reader->problem == NULL)
    *reader->problem = g_strdup_vprintf (format, args);
  va_end (args);
  return FALSE;
}

static gboolean
take (Reader *reader, const char *token)
{
  while (*reader->at == ' ')
    reader->at++;
  if (!g_str_has_prefix (reader->at, token))
    return FALSE;
  reader->at += strlen (token);
  return TRUE;
}

static gboolean
need (Reader *reader, const char *token)
{
  return take (reader, token) || fail (reader, "'%s' expected at '%s'", token, reader->at);
}

/* Up to one of the stops, or the end; without spaces around. (transfer full) */
static char *
take_until (Reader *reader, const char *stops)
{
  const char *begin = reader->at, *end = begin + strcspn (begin, stops);
  reader->at = end;
  return g_strstrip (g_strndup (begin, end - begin));
}

static gboolean
take_number (Reader *reader, double *value)
{
  char *end;
  take (reader, "");
  /* The two dots of a range are not part of its first number. */
  const char *dots = strstr (reader->at, "..");
  g_autofree char *text = dots != NULL ? g_strndup (reader->at, dots - reader->at) : g_strdup (reader->at);
  *value = g_ascii_strtod (text, &end);
  if (end == text)
    return fail (reader, "number expected at '%s'", reader->at);
  reader->at += end - text;
  return TRUE;
}

static gboolean
take_int (Reader *reader, gint64 *value)
{
  char *end;
  take (reader, "");
  *value = g_ascii_strtoll (reader->at, &end, 10);
  if (end == reader->at)
    return fail (reader, "integer expected at '%s'", reader->at);
  reader->at = end;
  return TRUE;
}

static gboolean
take_shape (Reader *reader, LkShape *shape)
{
  shape->rank = 0;
  if (!need (reader, "["))
    return FALSE;
  while (!take (reader, "]"))
    {
      gint64 dim = LK_DIM_UNKNOWN;
      if (shape->rank > 0 && !need (reader, ","))
        return FALSE;
      if (shape->rank == LK_MAX_RANK)
        return fail (reader, "more than %d dimensions", LK_MAX_RANK);
      if (!take (reader, "?") && !take_int (reader, &dim))
        return FALSE;
      shape->dims[shape->rank++] = dim;
    }
  return TRUE;
}

static gboolean
take_dtype (Reader *reader, LkDType *dtype)
{
  take (reader, "");
  g_autofree char *name = take_until (reader, "[] ,;=");
  *dtype = lk_dtype_from_name (name);
  return *dtype != LK_INVALID || fail (reader, "'%s' is no dtype", name);
}

/* ---- tensors ---- */

static gboolean
take_unsigned (Reader *reader, guint64 *value)
{
  char *end;
  take (reader, "");
  *value = g_ascii_strtoull (reader->at, &end, 10);
  if (end == reader->at)
    return fail (reader, "integer expected at '%s'", reader->at);
  reader->at = end;
  return TRUE;
}

/* "1+2j", "1", "-2j" */
static gboolean
take_complex (Reader *reader, LkTensor *tensor, gint64 i)
{
  double first, second = 0;
  if (!take_number (reader, &first))
    return FALSE;
  if (*reader->at == 'j')
    {
      lk_tensor_set_complex (tensor, i, 0, first);
      return need (reader, "j");
    }
  if ((*reader->at == '+' || *reader->at == '-') && !(take_number (reader, &second) && need (reader, "j")))
    return FALSE;
  lk_tensor_set_complex (tensor, i, first, second);
  return TRUE;
}

static gboolean
take_element (Reader *reader, LkTensor *tensor, gint64 i)
{
  double value;
  gint64 integer;
  if (tensor->dtype == LK_BOOL && (take (reader, "true") || take (reader, "false")))
    value = reader->at[-2] == 'u';
  else if (lk_dtype_is_complex (tensor->dtype))
    return take_complex (reader, tensor, i);
  else if (tensor->dtype == LK_UINT64)
    return take_unsigned (reader, &((guint64 *) tensor->data)[i]);
  else if (tensor->dtype == LK_INT64)
    {
      if (!take_int (reader, &integer))
        return FALSE;
      lk_tensor_set_int (tensor, i, integer);
      return TRUE;
    }
  else if (!take_number (reader, &value))
    return FALSE;
  lk_tensor_set_double (tensor, i, value);
  return TRUE;
}

static gboolean
take_elements (Reader *reader, LkTensor *tensor)
{
  for (gint64 i = 0; i < tensor->size; i++)
    if ((i > 0 && !need (reader, ",")) || !take_element (reader, tensor, i))
      return FALSE;
  return need (reader, "}");
}

/* {a, b}: the texts themselves, without spaces around. */
static LkTensor *
take_strings (Reader *reader, const LkShape *shape)
{
  g_autofree char *inside = take_until (reader, "}");
  g_auto (GStrv) parts = g_strsplit (inside, ",", -1);
  guint n = g_strv_length (parts);
  const gint64 size = lk_shape_size (shape);
  if (n == 0 && size == 1)
    return need (reader, "}") ? lk_tensor_new_strings (shape, (const char *[]) { "" }, NULL) : NULL;
  if (n != size)
    {
      fail (reader, "%u strings given for %" G_GINT64_FORMAT, n, size);
      return NULL;
    }
  for (guint i = 0; i < n; i++)
    g_strstrip (parts[i]);
  return need (reader, "}") ? lk_tensor_new_strings (shape, (const char *const *) parts, NULL) : NULL;
}

static LkTensor *
draw_strings (const LkShape *shape)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  for (gint64 i = 0; i < lk_shape_size (shape); i++)
    g_ptr_array_add (texts, g_strdup_printf ("s%" G_GINT64_FORMAT, i));
  return lk_tensor_new_strings (shape, (const char *const *) texts->pdata, NULL);
}

static void
draw (LkTensor *tensor, double low, double high, guint64 seed)
{
  LkPhilox philox;
  lk_philox_init (&philox, seed, 0, 0);
  for (gint64 i = 0; i < tensor->size; i++)
    {
      const guint32 bits = lk_philox_next (&philox);
      const double part = lk_philox_double (bits, lk_philox_next (&philox));
      if (lk_dtype_is_complex (tensor->dtype))
        {
          const guint32 more = lk_philox_next (&philox);
          const double other = lk_philox_double (more, lk_philox_next (&philox));
          lk_tensor_set_complex (tensor, i, low + part * (high - low), low + other * (high - low));
          continue;
        }
      double value = low + part * (high - low);
      if (!lk_dtype_is_floating (tensor->dtype))
        value = floor (low + part * (high - low + 1));
      lk_tensor_set_double (tensor, i, value);
    }
}

static gboolean
fill_drawn (Reader *reader, LkTensor *tensor, guint64 seed)
{
  double low = lk_dtype_is_floating (tensor->dtype) || lk_dtype_is_complex (tensor->dtype) ? -1 : 0;
  double high = lk_dtype_is_integer (tensor->dtype) ? 3 : 1;
  if (take (reader, "in ")
      && !(take_number (reader, &low) && need (reader, "..") && take_number (reader, &high)))
    return FALSE;
  draw (tensor, low, high, seed);
  return TRUE;
}

static LkTensor *
take_tensor (Reader *reader, guint64 seed)
{
  LkDType dtype;
  LkShape shape;
  if (!take_dtype (reader, &dtype) || !take_shape (reader, &shape))
    return NULL;
  if (!lk_shape_known (&shape))
    {
      fail (reader, "a value cannot have unknown dimensions");
      return NULL;
    }
  const gboolean given = take (reader, "={");
  if (dtype == LK_STRING)
    return given ? take_strings (reader, &shape) : draw_strings (&shape);
  if (lk_dtype_size (dtype) == 0 || dtype == LK_RESOURCE)
    {
      fail (reader, "tensors of %s cannot be written", lk_dtype_name (dtype));
      return NULL;
    }
  g_autoptr (LkTensor) tensor = lk_tensor_new (dtype, &shape);
  if (tensor == NULL)
    fail (reader, "not enough memory");
  else if (given ? take_elements (reader, tensor) : fill_drawn (reader, tensor, seed))
    return g_steal_pointer (&tensor);
  return NULL;
}

LkTensor *
lk_sample_tensor (const char *text, guint64 seed, char **problem)
{
  Reader reader = { text, problem };
  *problem = NULL;
  g_autoptr (LkTensor) tensor = take_tensor (&reader, seed);
  take (&reader, "");
  if (tensor == NULL || *reader.at == '\0')
    return g_steal_pointer (&tensor);
  fail (&reader, "'%s' is too much", reader.at);
  return NULL;
}

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
take_value (Reader *reader, gboolean floats, gint64 *value)
{
  double number;
  if (!floats)
    return take_int (reader, value);
  if (!take_number (reader, &number))
    return FALSE;
  memcpy (value, &number, sizeof number);
  return TRUE;
}

static gboolean
take_values (Reader *reader, LkSampleCall *call, gboolean floats, LkAttr *attr)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (gint64));
  if (!need (reader, "["))
    return FALSE;
  while (!take (reader, "]"))
    {
      gint64 value;
      if ((values->len > 0 && !need (reader, ",")) || !take_value (reader, floats, &value))
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
take_types (Reader *reader, LkSampleCall *call, LkAttr *attr)
{
  LkInts *types = own (call, g_malloc0 (sizeof *types + LK_MAX_RANK * 4 * sizeof (gint64)));
  attr->ints = types;
  if (!need (reader, "["))
    return FALSE;
  while (!take (reader, "]"))
    {
      LkDType dtype;
      if (types->n == LK_MAX_RANK * 4)
        return fail (reader, "more than %d types", LK_MAX_RANK * 4);
      if ((types->n > 0 && !need (reader, ",")) || !take_dtype (reader, &dtype))
        return FALSE;
      types->v[types->n++] = dtype;
    }
  return TRUE;
}

static gboolean
take_quoted (Reader *reader, LkSampleCall *call, LkAttr *attr)
{
  if (!need (reader, "\""))
    return FALSE;
  const char *end = reader->at;
  while (*end != '"' && *end != '\0')
    end += *end == '\\' && end[1] != '\0' ? 2 : 1;
  g_autofree char *raw = g_strndup (reader->at, end - reader->at);
  attr->s = own (call, g_strcompress (raw));
  reader->at = end;
  return need (reader, "\"");
}

static gboolean
take_attr (Reader *reader, LkSampleCall *call, const LkAttrDef *def, LkAttr *attr)
{
  switch (def->kind)
    {
    case LK_ATTR_BOOL:
      attr->b = take (reader, "true");
      return attr->b || need (reader, "false");
    case LK_ATTR_INT: return take_int (reader, &attr->i);
    case LK_ATTR_FLOAT: return take_number (reader, &attr->f);
    case LK_ATTR_TYPE: return take_dtype (reader, &attr->type);
    case LK_ATTR_STRING: return take_quoted (reader, call, attr);
    case LK_ATTR_INTS: return take_values (reader, call, FALSE, attr);
    case LK_ATTR_FLOATS: return take_values (reader, call, TRUE, attr);
    case LK_ATTR_TYPES: return take_types (reader, call, attr);
    case LK_ATTR_SHAPE:
      {
        LkShape *shape = own (call, g_new (LkShape, 1));
        attr->shape = shape;
        return take_shape (reader, shape);
      }
    case LK_ATTR_CLOSURE: return need (reader, "none");
    default: return fail (reader, "attribute '%s' is of a kind that cannot be written", def->name);
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
take_attrs (Reader *reader, LkSampleCall *call, gboolean *given)
{
  do
    {
      gint place;
      take (reader, "");
      g_autofree char *name = take_until (reader, "=");
      const LkAttrDef *def = find_attr (call->op, name, &place);
      if (def == NULL)
        return fail (reader, "%s has no attribute '%s'", call->op->name, name);
      if (!need (reader, "=") || !take_attr (reader, call, def, &call->attrs[place]))
        return FALSE;
      given[place] = TRUE;
    }
  while (take (reader, ","));
  return *reader->at == '\0' || fail (reader, "'%s' is too much", reader->at);
}

static gboolean
fill_defaults (LkSampleCall *call, const gboolean *given, char **problem)
{
  for (guint i = 0; i < call->op->n_attrs; i++)
    {
      const LkAttrDef *def = &call->op->attrs[i];
      const gint place = lk_op_given (call->op, i);
      Reader reader = { def->fallback, problem };
      if (place < 0 || given[place])
        continue;
      if (def->fallback == NULL)
        return fail (&reader, "%s needs attribute '%s'", call->op->name, def->name);
      if (!take_attr (&reader, call, def, &call->attrs[place]))
        return FALSE;
    }
  return TRUE;
}

/* ---- calls ---- */

static gboolean
take_inputs (Reader *reader, LkSampleCall *call, guint64 seed)
{
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  gboolean good = TRUE;
  take (reader, "");
  while (good && *reader->at != '\0')
    {
      LkTensor *tensor = take_tensor (reader, seed + 1000 * (inputs->len + 1));
      if (tensor != NULL)
        g_ptr_array_add (inputs, tensor);
      good = tensor != NULL
             && (take (reader, ";") || *reader->at == '\0'
                 || fail (reader, "';' expected at '%s'", reader->at));
      take (reader, "");
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
  return place < 0 ? lk_op_list_length (op, call->n_inputs) : (guint) call->attrs[place].i;
}

static gboolean
fill_call (LkSampleCall *call, const LkSample *sample, guint64 seed, char **problem)
{
  g_autofree gboolean *given = g_new0 (gboolean, call->op->n_attrs + 1);
  Reader inputs = { sample->inputs, problem }, attrs = { sample->attrs, problem };
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
