/* SPDX-License-Identifier: MIT */
/* Einsum: Einstein sums of one or two tensors. Labels of two inputs fall into four groups: those of both that stay (the
   batch), those of both that go (summed by a product of matrices), and those of one that stay (its rows or columns) or
   go (summed before). */
#include "engine/ops/einsum.h"

#include <string.h>

#include "engine/ops/blas.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }
#define SMALL_ENOUGH 64     /* multiplications of a product for which the library is not called */

/* ---- shape ---- */

static gboolean
einsum_infer (const LkCall *call, LkSignature *out)
{
  LkEquation equation;
  gboolean known;
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_equation_read (call, &equation, &known))
    return FALSE;
  if (!known)
    return TRUE;
  out[0].shape.rank = equation.output.n;
  for (guint i = 0; i < equation.output.n; i++)
    out[0].shape.dims[i] = equation.size[equation.output.label[i]];
  return TRUE;
}

/* ---- kernel ---- */

/* An input as a batch of matrices. */
typedef struct
{
  const void *data;
  gboolean transposed;
  LkBuffer *copy;         /* (nullable) */
} Operand;

/* Do the elements lie one after the other along the axes? */
static gboolean
is_dense (const LkEinsumAxes *axes)
{
  gint64 n = 1;
  for (guint i = axes->n; i-- > 0; n *= axes->size[i])
    if (axes->size[i] != 1 && axes->stride[i] != n)
      return FALSE;
  return TRUE;
}

/* Of input i: the labels that are in `labels`, or are not, in the order of `order`. */
static LkEinsumAxes
pick (const LkEinsumAxes *axes, const LkEinsumAxes *order)
{
  LkEinsumAxes picked = { 0 };
  for (guint i = 0; i < order->n; i++)
    for (guint k = 0; k < axes->n; k++)
      if (axes->label[k] == order->label[i])
        lk_einsum_axes_add (&picked, axes->label[k], axes->size[k], axes->stride[k]);
  return picked;
}

/* Lays the input out as [batch, rows, columns], or finds that it lies so, perhaps transposed. */
static Operand
operand_of (const LkTensor *tensor, const LkEinsumAxes *axes, const LkEinsumAxes *batch, const LkEinsumAxes *rows,
            const LkEinsumAxes *columns, const LkEinsumAxes *gone)
{
  LkEinsumAxes straight = pick (axes, batch), across = straight;
  const LkEinsumAxes r = pick (axes, rows), c = pick (axes, columns), away = pick (axes, gone);
  lk_einsum_axes_append (&straight, &r);
  lk_einsum_axes_append (&straight, &c);
  lk_einsum_axes_append (&across, &c);
  lk_einsum_axes_append (&across, &r);
  if (away.n == 0 && is_dense (&straight))
    return (Operand) { tensor->data, FALSE, NULL };
  if (away.n == 0 && is_dense (&across))
    return (Operand) { tensor->data, TRUE, NULL };
  LkBuffer *copy = lk_buffer_new (lk_einsum_axes_count (&straight) * lk_dtype_size (tensor->dtype));
  if (copy != NULL)
    lk_einsum_loops[tensor->dtype].gather (&straight, &away, tensor->data, copy->data);
  return (Operand) { copy != NULL ? copy->data : NULL, FALSE, copy };
}

/* The groups of labels, in the order of the output, or of input 0 where they are not in it. */
typedef struct
{
  LkEinsumAxes batch, rows, columns, inner, gone;
} Groups;

static Groups
group (const LkEquation *equation, const LkEinsumAxes *a, const LkEinsumAxes *b, const LkEinsumAxes *out)
{
  Groups g = { 0 };
  for (guint i = 0; i < out->n; i++)
    {
      const gboolean first = lk_labels_have (&equation->inputs[0], out->label[i]),
                     second = lk_labels_have (&equation->inputs[1], out->label[i]);
      lk_einsum_axes_add (first && second ? &g.batch : first ? &g.rows : &g.columns, out->label[i], out->size[i],
                          out->stride[i]);
    }
  for (guint i = 0; i < a->n; i++)
    if (!lk_labels_have (&equation->output, a->label[i]))
      lk_einsum_axes_add (lk_labels_have (&equation->inputs[1], a->label[i]) ? &g.inner : &g.gone, a->label[i],
                          a->size[i], 0);
  for (guint i = 0; i < b->n; i++)
    if (!lk_labels_have (&equation->output, b->label[i]) && !lk_labels_have (&equation->inputs[0], b->label[i]))
      lk_einsum_axes_add (&g.gone, b->label[i], b->size[i], 0);
  return g;
}

static void
multiply_all (LkDType dtype, const Groups *g, const Operand *a, const Operand *b, char *out)
{
  const gsize size = lk_dtype_size (dtype);
  const LkProduct p = { lk_einsum_axes_count (&g->rows), lk_einsum_axes_count (&g->inner),
                        lk_einsum_axes_count (&g->columns), a->transposed, b->transposed, FALSE };
  const gboolean small = p.m * p.n * p.k <= SMALL_ENOUGH;
  const gint64 batches = lk_einsum_axes_count (&g->batch);
  for (gint64 i = 0; i < batches; i++)
    (small ? lk_einsum_loops[dtype].small (&p, (const char *) a->data + i * p.m * p.k * size,
                                 (const char *) b->data + i * p.k * p.n * size, out + i * p.m * p.n * size)
     : lk_product_run (dtype, &p, (const char *) a->data + i * p.m * p.k * size,
                       (const char *) b->data + i * p.k * p.n * size, out + i * p.m * p.n * size));
}

/* Fills output with what lies dense along axes. */
static void
spread (LkTensor *output, const LkEinsumAxes *axes, const void *dense)
{
  if (lk_einsum_axes_count (axes) < output->size)
    memset (output->data, 0, lk_tensor_bytes (output));
  lk_einsum_loops[output->dtype].scatter (axes, dense, output->data);
}

static gboolean
einsum_of_one (const LkCall *call, const LkEquation *equation, const LkEinsumAxes *out)
{
  LkTensor *output = call->outputs[0];
  const LkTensor *input = call->inputs[0];
  const LkEinsumAxes axes = lk_einsum_axes_of (equation, &equation->inputs[0], &input->shape), kept = pick (&axes, out);
  LkEinsumAxes gone = { 0 };
  for (guint i = 0; i < axes.n; i++)
    if (!lk_labels_have (&equation->output, axes.label[i]))
      lk_einsum_axes_add (&gone, axes.label[i], axes.size[i], axes.stride[i]);
  const gboolean direct = is_dense (out);
  LkBuffer *dense = direct ? NULL : lk_buffer_new (lk_einsum_axes_count (out) * lk_dtype_size (output->dtype));
  if (!direct && dense == NULL)
    return FALSE;
  lk_einsum_loops[input->dtype].gather (&kept, &gone, input->data, direct ? output->data : dense->data);
  if (!direct)
    spread (output, out, dense->data);
  lk_buffer_unref (dense);
  return TRUE;
}

static gboolean
einsum_of_two (const LkCall *call, const LkEquation *equation, const LkEinsumAxes *out)
{
  LkTensor *output = call->outputs[0];
  const LkTensor *x = call->inputs[0], *y = call->inputs[1];
  const LkEinsumAxes a = lk_einsum_axes_of (equation, &equation->inputs[0], &x->shape),
             b = lk_einsum_axes_of (equation, &equation->inputs[1], &y->shape);
  const Groups g = group (equation, &a, &b, out);
  const Operand left = operand_of (x, &a, &g.batch, &g.rows, &g.inner, &g.gone),
                right = operand_of (y, &b, &g.batch, &g.inner, &g.columns, &g.gone);
  LkEinsumAxes made = g.batch;
  lk_einsum_axes_append (&made, &g.rows);
  lk_einsum_axes_append (&made, &g.columns);
  const gboolean direct = is_dense (&made) && lk_einsum_axes_count (&made) == output->size;
  LkBuffer *dense = direct ? NULL : lk_buffer_new (lk_einsum_axes_count (&made) * lk_dtype_size (output->dtype));
  const gboolean good = left.data != NULL && right.data != NULL && (direct || dense != NULL);
  if (good)
    multiply_all (output->dtype, &g, &left, &right, direct ? output->data : dense->data);
  if (good && !direct)
    spread (output, &made, dense->data);
  lk_buffer_unref (left.copy);
  lk_buffer_unref (right.copy);
  lk_buffer_unref (dense);
  return good;
}

static void
einsum_kernel (LkCall *call)
{
  LkEquation equation;
  gboolean known;
  LkTensor *output = call->outputs[0];
  if (!lk_equation_read (call, &equation, &known) || output->size == 0)
    return;
  for (guint i = 0; i < LK_LABELS; i++)
    if (equation.size[i] > G_MAXINT)
      {
        lk_call_fail (call, LK_INVALID_ARGUMENT, "an axis of more than %d elements cannot be summed over", G_MAXINT);
        return;
      }
  lk_blas_prepare ();
  const LkEinsumAxes out = lk_einsum_axes_of (&equation, &equation.output, &output->shape);
  if (!(equation.n_inputs == 1 ? einsum_of_one : einsum_of_two) (call, &equation, &out))
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for an operand of %s", call->attrs[0].s);
}

/* ---- provenance ---- */

static void
einsum_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  LkEquation equation;
  gboolean known;
  gint64 place[LK_MAX_RANK], index[LK_LABELS];
  lk_equation_read (call, &equation, &known);
  lk_shape_unravel (&call->outputs[0]->shape, element, place);
  memset (index, -1, sizeof index);
  for (guint i = 0; i < equation.output.n; i++)
    {
      gint64 *at = &index[equation.output.label[i]];
      if (*at >= 0 && *at != place[i])
        return;     /* beside the diagonal */
      *at = place[i];
    }
  for (guint i = 0; i < call->n_inputs; i++)
    {
      const LkEinsumAxes axes = lk_einsum_axes_of (&equation, &equation.inputs[i], &call->inputs[i]->shape);
      LkEinsumAxes moving = { 0 };
      gint64 first = 0, steps[LK_EINSUM_AXES] = { 0 };
      for (guint k = 0; k < axes.n; k++)
        if (index[axes.label[k]] >= 0)
          first += index[axes.label[k]] * axes.stride[k];
        else
          lk_einsum_axes_add (&moving, axes.label[k], axes.size[k], axes.stride[k]);
      if (lk_einsum_axes_count (&moving) > 0)
        do
          lk_provenance_add (into, i, first, moving.n > 0 ? moving.size[moving.n - 1] : 1,
                             moving.n > 0 ? moving.stride[moving.n - 1] : 1);
        while (lk_einsum_axes_advance (&moving, 1, steps, &first));
    }
}

LK_BLOCK (einsum, .infer = einsum_infer, .shape = "The sizes of the output's labels, in their order; those of … are broadcast.",
          .kernel = einsum_kernel, .gradient = lk_einsum_gradient,
          .provenance = einsum_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,3]; float64[3,4]", "equation=\"ij,jk->ik\"" },
                   { "float64[2,3]; float64[4,3]", "equation=\"ij,kj->ki\"" },
                   { "float64[2,2,3]; float64[2,3]", "equation=\"...ij,...j->i...\"" },
                   { "float64[1,2]; float64[3,2]", "equation=\"...a,...a->...\"" },
                   { "float64[2,1,2]; float64[3,2]", "equation=\"a...b,...b->...a\"" },
                   { "float64[2,3,2]; float64[2,4]", "equation=\"bij,bk->kj\"" },
                   { "float64[3,3,2]", "equation=\"iij->ji\"" }, { "float64[3]", "equation=\"i->ii\"" },
                   { "float64[2,3]", "equation=\"ij->j\"" }, { "float64[2,2]", "equation=\"ii->\"" },
                   { "float64[2]; float64[3]", "equation=\"i,j->ij\"" }, { "float64[]; float64[2]", "equation=\",i->i\"" },
                   { "float64[2,2]; float64[2]", "equation=\"ii,i->ii\"" },
                   { "float64[0,2]; float64[2,3]", "equation=\"ij,jk->ik\"" },
                   { "float64[2,0]; float64[0,3]", "equation=\"ij,jk->ik\"" },
                   { "int32[2,3]; int32[3]", "equation=\"ij,j->i\"" },
                   { "complex64[2,2]; complex64[2]", "equation=\"ij,j->i\"" }));
