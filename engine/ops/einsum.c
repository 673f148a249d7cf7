/* SPDX-License-Identifier: MIT */
/* Einsum: Einstein sums of one or two tensors. Labels of two inputs fall into four groups: those of both that stay (the
   batch), those of both that go (summed by a product of matrices), and those of one that stay (its rows or columns) or
   go (summed before). */
#include <string.h>

#include "engine/ops/blas.h"
#include "engine/ops/equation.h"
#include "engine/ops/gradient.h"
#include "engine/ops/product.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }
#define MAX_AXES (3 * LK_MAX_RANK)

/* Axes to walk along: their labels, sizes, and elements from one index to the next. */
typedef struct
{
  guint n;
  guchar label[MAX_AXES];
  gint64 size[MAX_AXES], stride[MAX_AXES];
} Axes;

static void
add_axis (Axes *axes, guchar label, gint64 size, gint64 stride)
{
  for (guint i = 0; i < axes->n; i++)
    if (axes->label[i] == label)
      {
        axes->stride[i] += stride;
        return;
      }
  axes->label[axes->n] = label;
  axes->size[axes->n] = size;
  axes->stride[axes->n++] = stride;
}

/* The distinct labels of a dense tensor; a repeated label walks along a diagonal, one that broadcasts stands still. */
static Axes
axes_of (const LkEquation *equation, const LkLabels *labels, const LkShape *shape)
{
  Axes axes = { 0 };
  gint64 strides[LK_MAX_RANK];
  lk_shape_strides (shape, strides);
  for (guint i = 0; i < labels->n; i++)
    {
      const guchar label = labels->label[i];
      const gint64 size = equation->size[label];
      add_axis (&axes, label, size, shape->dims[i] == size ? strides[i] : 0);
    }
  return axes;
}

static void
append (Axes *to, const Axes *from)
{
  for (guint i = 0; i < from->n; i++)
    add_axis (to, from->label[i], from->size[i], from->stride[i]);
}

static gint64
count (const Axes *axes)
{
  gint64 n = 1;
  for (guint i = 0; i < axes->n; i++)
    n *= axes->size[i];
  return n;
}

/* Steps along the axes but the last `inner`. FALSE at the end. */
static gboolean
advance (const Axes *axes, guint inner, gint64 *index, gint64 *offset)
{
  for (guint i = axes->n - MIN (inner, axes->n); i-- > 0;)
    {
      *offset += axes->stride[i];
      if (++index[i] < axes->size[i])
        return TRUE;
      *offset -= axes->size[i] * axes->stride[i];
      index[i] = 0;
    }
  return FALSE;
}

/* out, dense: the sum along axes `gone` of what lies along axes `kept`. */
#define GATHER(name, T) \
  static void name (const Axes *kept, const Axes *gone, const void *in, void *out) \
  { \
    gint64 away[MAX_AXES] = { 0 }, summand = 0; \
    const gint64 n = kept->n > 0 ? kept->size[kept->n - 1] : 1, step = kept->n > 0 ? kept->stride[kept->n - 1] : 0; \
    memset (out, 0, count (kept) * sizeof (T)); \
    if (count (kept) > 0 && count (gone) > 0) \
      do \
        { \
          gint64 index[MAX_AXES] = { 0 }, offset = summand; \
          T *to = out; \
          do \
            { \
              const T *from = (const T *) in + offset; \
              for (gint64 i = 0; i < n; i++) \
                to[i] += from[i * step]; \
              to += n; \
            } \
          while (advance (kept, 1, index, &offset)); \
        } \
      while (advance (gone, 0, away, &summand)); \
  }

/* Spreads dense `in` along axes. */
#define SCATTER(name, T) \
  static void name (const Axes *axes, const void *in, void *out) \
  { \
    gint64 index[MAX_AXES] = { 0 }, offset = 0; \
    const gint64 n = axes->n > 0 ? axes->size[axes->n - 1] : 1, step = axes->n > 0 ? axes->stride[axes->n - 1] : 0; \
    const T *from = in; \
    if (count (axes) > 0) \
      do \
        { \
          T *to = (T *) out + offset; \
          for (gint64 i = 0; i < n; i++) \
            to[i * step] = from[i]; \
          from += n; \
        } \
      while (advance (axes, 1, index, &offset)); \
  }

/* The product of small matrices, for which a call of the library costs more than the work. */
#define SMALL(name, T) \
  static void name (const LkProduct *p, const void *a, const void *b, void *out) \
  { \
    const T *x = a, *y = b; \
    for (gint64 i = 0; i < p->m; i++) \
      for (gint64 j = 0; j < p->n; j++) \
        { \
          T sum = 0; \
          for (gint64 k = 0; k < p->k; k++) \
            sum += (p->transpose_a ? x[k * p->m + i] : x[i * p->k + k]) \
                   * (p->transpose_b ? y[j * p->k + k] : y[k * p->n + j]); \
          ((T *) out)[i * p->n + j] = sum; \
        } \
  }
#define SMALL_ENOUGH 64

#define LOOPS(s, T) GATHER (gather_##s, T) SCATTER (scatter_##s, T) SMALL (small_##s, T)
#define ROW(s) { gather_##s, scatter_##s, small_##s }
LOOPS (f32, float)
LOOPS (f64, double)
LOOPS (i32, guint32)
LOOPS (i64, guint64)
LOOPS (c64, _Complex float)
LOOPS (c128, _Complex double)

typedef struct
{
  void (*gather) (const Axes *kept, const Axes *gone, const void *in, void *out);
  void (*scatter) (const Axes *axes, const void *in, void *out);
  void (*small) (const LkProduct *p, const void *a, const void *b, void *out);
} Loops;
static const Loops loops[LK_N_DTYPES] = {
  [LK_FLOAT32] = ROW (f32), [LK_FLOAT64] = ROW (f64), [LK_INT32] = ROW (i32), [LK_INT64] = ROW (i64),
  [LK_UINT64] = ROW (i64), [LK_COMPLEX64] = ROW (c64), [LK_COMPLEX128] = ROW (c128),
};

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
is_dense (const Axes *axes)
{
  gint64 n = 1;
  for (guint i = axes->n; i-- > 0; n *= axes->size[i])
    if (axes->size[i] != 1 && axes->stride[i] != n)
      return FALSE;
  return TRUE;
}

/* Of input i: the labels that are in `labels`, or are not, in the order of `order`. */
static Axes
pick (const Axes *axes, const Axes *order)
{
  Axes picked = { 0 };
  for (guint i = 0; i < order->n; i++)
    for (guint k = 0; k < axes->n; k++)
      if (axes->label[k] == order->label[i])
        add_axis (&picked, axes->label[k], axes->size[k], axes->stride[k]);
  return picked;
}

/* Lays the input out as [batch, rows, columns], or finds that it lies so, perhaps transposed. */
static Operand
operand_of (const LkTensor *tensor, const Axes *axes, const Axes *batch, const Axes *rows, const Axes *columns,
            const Axes *gone)
{
  Axes straight = pick (axes, batch), across = straight;
  const Axes r = pick (axes, rows), c = pick (axes, columns), away = pick (axes, gone);
  append (&straight, &r);
  append (&straight, &c);
  append (&across, &c);
  append (&across, &r);
  if (away.n == 0 && is_dense (&straight))
    return (Operand) { tensor->data, FALSE, NULL };
  if (away.n == 0 && is_dense (&across))
    return (Operand) { tensor->data, TRUE, NULL };
  LkBuffer *copy = lk_buffer_new (count (&straight) * lk_dtype_size (tensor->dtype));
  if (copy != NULL)
    loops[tensor->dtype].gather (&straight, &away, tensor->data, copy->data);
  return (Operand) { copy != NULL ? copy->data : NULL, FALSE, copy };
}

/* The groups of labels, in the order of the output, or of input 0 where they are not in it. */
typedef struct
{
  Axes batch, rows, columns, inner, gone;
} Groups;

static Groups
group (const LkEquation *equation, const Axes *a, const Axes *b, const Axes *out)
{
  Groups g = { 0 };
  for (guint i = 0; i < out->n; i++)
    {
      const gboolean first = lk_labels_have (&equation->inputs[0], out->label[i]),
                     second = lk_labels_have (&equation->inputs[1], out->label[i]);
      add_axis (first && second ? &g.batch : first ? &g.rows : &g.columns, out->label[i], out->size[i], out->stride[i]);
    }
  for (guint i = 0; i < a->n; i++)
    if (!lk_labels_have (&equation->output, a->label[i]))
      add_axis (lk_labels_have (&equation->inputs[1], a->label[i]) ? &g.inner : &g.gone, a->label[i], a->size[i], 0);
  for (guint i = 0; i < b->n; i++)
    if (!lk_labels_have (&equation->output, b->label[i]) && !lk_labels_have (&equation->inputs[0], b->label[i]))
      add_axis (&g.gone, b->label[i], b->size[i], 0);
  return g;
}

static void
multiply_all (LkDType dtype, const Groups *g, const Operand *a, const Operand *b, char *out)
{
  const gsize size = lk_dtype_size (dtype);
  const LkProduct p = { count (&g->rows), count (&g->inner), count (&g->columns), a->transposed, b->transposed, FALSE };
  const gboolean small = p.m * p.n * p.k <= SMALL_ENOUGH;
  const gint64 batches = count (&g->batch);
  for (gint64 i = 0; i < batches; i++)
    (small ? loops[dtype].small (&p, (const char *) a->data + i * p.m * p.k * size,
                                 (const char *) b->data + i * p.k * p.n * size, out + i * p.m * p.n * size)
     : lk_product_run (dtype, &p, (const char *) a->data + i * p.m * p.k * size,
                       (const char *) b->data + i * p.k * p.n * size, out + i * p.m * p.n * size));
}

/* Fills output with what lies dense along axes. */
static void
spread (LkTensor *output, const Axes *axes, const void *dense)
{
  if (count (axes) < output->size)
    memset (output->data, 0, lk_tensor_bytes (output));
  loops[output->dtype].scatter (axes, dense, output->data);
}

static gboolean
einsum_of_one (const LkCall *call, const LkEquation *equation, const Axes *out)
{
  LkTensor *output = call->outputs[0];
  const LkTensor *input = call->inputs[0];
  const Axes axes = axes_of (equation, &equation->inputs[0], &input->shape), kept = pick (&axes, out);
  Axes gone = { 0 };
  for (guint i = 0; i < axes.n; i++)
    if (!lk_labels_have (&equation->output, axes.label[i]))
      add_axis (&gone, axes.label[i], axes.size[i], axes.stride[i]);
  const gboolean direct = is_dense (out);
  LkBuffer *dense = direct ? NULL : lk_buffer_new (count (out) * lk_dtype_size (output->dtype));
  if (!direct && dense == NULL)
    return FALSE;
  loops[input->dtype].gather (&kept, &gone, input->data, direct ? output->data : dense->data);
  if (!direct)
    spread (output, out, dense->data);
  lk_buffer_unref (dense);
  return TRUE;
}

static gboolean
einsum_of_two (const LkCall *call, const LkEquation *equation, const Axes *out)
{
  LkTensor *output = call->outputs[0];
  const LkTensor *x = call->inputs[0], *y = call->inputs[1];
  const Axes a = axes_of (equation, &equation->inputs[0], &x->shape),
             b = axes_of (equation, &equation->inputs[1], &y->shape);
  const Groups g = group (equation, &a, &b, out);
  const Operand left = operand_of (x, &a, &g.batch, &g.rows, &g.inner, &g.gone),
                right = operand_of (y, &b, &g.batch, &g.inner, &g.columns, &g.gone);
  Axes made = g.batch;
  append (&made, &g.rows);
  append (&made, &g.columns);
  const gboolean direct = is_dense (&made) && count (&made) == output->size;
  LkBuffer *dense = direct ? NULL : lk_buffer_new (count (&made) * lk_dtype_size (output->dtype));
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
  const Axes out = axes_of (&equation, &equation.output, &output->shape);
  if (!(equation.n_inputs == 1 ? einsum_of_one : einsum_of_two) (call, &equation, &out))
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for an operand of %s", call->attrs[0].s);
}

/* ---- gradient ---- */

/* labels as text, each once. */
static void
write_once (GString *text, const LkLabels *labels)
{
  const gsize start = text->len;
  for (guint i = 0; i < labels->n; i++)
    if (memchr (text->str + start, labels->label[i], text->len - start) == NULL)
      g_string_append_c (text, labels->label[i]);
}

static void
write_all (GString *text, const LkLabels *labels)
{
  g_string_append_len (text, (const char *) labels->label, labels->n);
}

/* The labels of input i that its gradient has at first: those that the output or the other input has, too. */
static LkLabels
shared_labels (const LkEquation *equation, guint i)
{
  const LkLabels *its = &equation->inputs[i];
  LkLabels shared = { 0 };
  for (guint k = 0; k < its->n; k++)
    if (!lk_labels_have (&shared, its->label[k])
        && (lk_labels_have (&equation->output, its->label[k])
            || (equation->n_inputs == 2 && lk_labels_have (&equation->inputs[1 - i], its->label[k]))))
      shared.label[shared.n++] = its->label[k];
  return shared;
}

/* The part of the shape of input i along the last n axes that broadcast, as a vector. */
static LkTensor *
broadcast_shape (const LkCall *call, const LkEquation *equation, guint i, guint n)
{
  guint first = 0;
  while (!lk_label_broadcasts (equation->inputs[i].label[first]) || equation->inputs[i].label[first] - '0' >= (int) n)
    first++;
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (call->ctx, call->inputs[i]);
  g_autoptr (LkTensor) begin = lk_constant_ints (call->ctx, LK_INT32, (gint64[]) { first }, 1);
  g_autoptr (LkTensor) size = lk_constant_ints (call->ctx, LK_INT32, (gint64[]) { n }, 1);
  return lk_slice (call->ctx, shape, begin, size);
}

static guint
count_broadcast (const LkLabels *labels)
{
  guint n = 0;
  for (guint i = 0; i < labels->n; i++)
    n += lk_label_broadcasts (labels->label[i]);
  return n;
}

/* Where input i was repeated, as axes of its gradient, which has the labels `shared`. NULL when it was not. */
static LkTensor *
repeated_axes (const LkCall *call, const LkEquation *equation, guint i, const LkLabels *shared)
{
  const LkLabels *its = &equation->inputs[i];
  const guint n = equation->n_inputs == 2 ? MIN (count_broadcast (its), count_broadcast (&equation->inputs[1 - i])) : 0;
  gint64 axes[LK_MAX_RANK];
  guint n_axes = 0;
  gint first = -1;
  gboolean known = TRUE;
  for (guint k = 0; k < its->n; k++)
    {
      const guchar label = its->label[k];
      const gint64 dim = call->inputs[i]->shape.dims[k];
      if (!lk_label_broadcasts (label) || label - '0' >= (int) n)
        continue;
      known &= dim > 1 || equation->size[label] >= 0;
      for (guint axis = 0; axis < shared->n; axis++)
        if (shared->label[axis] == label)
          {
            first = first < 0 ? (gint) axis : first;
            if (dim == 1 && equation->size[label] != 1)
              axes[n_axes++] = axis;
          }
    }
  if (known)
    return n_axes > 0 ? lk_constant_ints (call->ctx, LK_INT32, axes, n_axes) : NULL;
  LkTensor *both[2] = { NULL, NULL };
  g_autoptr (LkTensor) mine = broadcast_shape (call, equation, i, n);
  g_autoptr (LkTensor) others = broadcast_shape (call, equation, 1 - i, n);
  g_autoptr (LkTensor) offset = lk_constant_scalar (call->ctx, LK_INT32, first);
  lk_broadcast_gradient_args (call->ctx, mine, others, both);
  LkTensor *moved = lk_add (call->ctx, both[0], offset);
  lk_tensor_unref (both[0]);
  lk_tensor_unref (both[1]);
  return moved;
}

static LkTensor *
sum_of (LkContext *ctx, GString *equation, LkTensor *a, LkTensor *b)
{
  LkTensor *inputs[2] = { a, b };
  LkTensor *sum = lk_einsum (ctx, inputs, b != NULL ? 2 : 1, equation->str);
  g_string_free (equation, TRUE);
  return sum;
}

/* g, with labels `shared`, repeated along the labels that only input i has. */
static LkTensor *
repeat_along_own (const LkCall *call, const LkEquation *equation, guint i, const LkLabels *shared, LkTensor *g)
{
  GString *text = g_string_new (NULL);
  g_autoptr (LkTensor) ones = lk_ones_like (call->ctx, call->inputs[i]);
  write_all (text, shared);
  g_string_append_c (text, ',');
  write_all (text, &equation->inputs[i]);
  g_string_append (text, "->");
  write_once (text, &equation->inputs[i]);
  return sum_of (call->ctx, text, g, ones);
}

/* The gradient by input i. */
static LkTensor *
gradient_by (const LkCall *call, const LkEquation *equation, guint i, LkTensor *dy)
{
  LkContext *ctx = call->ctx;
  const LkLabels *its = &equation->inputs[i], shared = shared_labels (equation, i);
  GString *text = g_string_new (NULL), *once = g_string_new (NULL);
  g_autoptr (LkTensor) other = equation->n_inputs == 2 ? lk_conjugate (ctx, call->inputs[1 - i]) : NULL;
  write_all (text, &equation->output);
  if (equation->n_inputs == 2)
    {
      g_string_append_c (text, ',');
      write_all (text, &equation->inputs[1 - i]);
    }
  g_string_append (text, "->");
  write_all (text, &shared);
  g_autoptr (LkTensor) g = sum_of (ctx, text, dy, other);
  g_autoptr (LkTensor) axes = repeated_axes (call, equation, i, &shared);
  if (axes != NULL)
    {
      g_autoptr (LkTensor) whole = g;
      g = lk_sum (ctx, whole, axes, TRUE);
    }
  write_once (once, its);
  const gboolean partly = once->len > shared.n, twice = its->n > once->len;
  if (partly)
    {
      g_autoptr (LkTensor) part = g;
      g = repeat_along_own (call, equation, i, &shared, part);
    }
  if (twice)
    {
      g_string_append (once, "->");
      write_all (once, its);
      return sum_of (ctx, once, g, NULL);
    }
  g_string_free (once, TRUE);
  return g_steal_pointer (&g);
}

static void
einsum_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkEquation equation;
  gboolean known;
  for (guint i = 0; i < call->n_inputs; i++)
    if (!lk_rule_rank_known (call, i))
      {
        lk_call_fail (call, LK_UNIMPLEMENTED, "the gradient of %s needs inputs of known rank", call->attrs[0].s);
        return;
      }
  if (!lk_equation_read (call, &equation, &known))
    return;
  for (guint i = 0; i < call->n_inputs; i++)
    if (lk_call_wants_gradient (call, i))
      dx[i] = gradient_by (call, &equation, i, dy[0]);
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
      const Axes axes = axes_of (&equation, &equation.inputs[i], &call->inputs[i]->shape);
      Axes moving = { 0 };
      gint64 first = 0, steps[MAX_AXES] = { 0 };
      for (guint k = 0; k < axes.n; k++)
        if (index[axes.label[k]] >= 0)
          first += index[axes.label[k]] * axes.stride[k];
        else
          add_axis (&moving, axes.label[k], axes.size[k], axes.stride[k]);
      if (count (&moving) > 0)
        do
          lk_provenance_add (into, i, first, moving.n > 0 ? moving.size[moving.n - 1] : 1,
                             moving.n > 0 ? moving.stride[moving.n - 1] : 1);
        while (advance (&moving, 1, steps, &first));
    }
}

LK_BLOCK (einsum, .infer = einsum_infer, .kernel = einsum_kernel, .gradient = einsum_gradient,
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
