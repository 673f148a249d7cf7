/* SPDX-License-Identifier: MIT */
/* Fourier transforms over the last one, two or three axes, of complex numbers, from real ones, and back to those. Computed in
   double and rounded once, at the end. */
#include <string.h>

#include "engine/core/parallel.h"
#include "engine/ops/fft.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }
#define MOST_AXES 3
#define TASK_NUMBERS 8192     /* of the input, that are worth a thread */

typedef struct
{
  guint16 op, back;           /* LK_OP_… */
  guint8 n_axes;
  gboolean from_real, to_real, backward;
} Kind;

static const Kind kinds[] = {
  { LK_OP_FFT, LK_OP_IFFT, 1, .backward = FALSE }, { LK_OP_IFFT, LK_OP_FFT, 1, .backward = TRUE },
  { LK_OP_FFT2D, LK_OP_IFFT2D, 2, .backward = FALSE }, { LK_OP_IFFT2D, LK_OP_FFT2D, 2, .backward = TRUE },
  { LK_OP_FFT3D, LK_OP_IFFT3D, 3, .backward = FALSE }, { LK_OP_IFFT3D, LK_OP_FFT3D, 3, .backward = TRUE },
  { LK_OP_RFFT, LK_OP_IRFFT, 1, .from_real = TRUE }, { LK_OP_IRFFT, LK_OP_RFFT, 1, .to_real = TRUE, .backward = TRUE },
  { LK_OP_RFFT2D, LK_OP_IRFFT2D, 2, .from_real = TRUE }, { LK_OP_IRFFT2D, LK_OP_RFFT2D, 2, .to_real = TRUE, .backward = TRUE },
  { LK_OP_RFFT3D, LK_OP_IRFFT3D, 3, .from_real = TRUE }, { LK_OP_IRFFT3D, LK_OP_RFFT3D, 3, .to_real = TRUE, .backward = TRUE },
};

static const Kind *
kind_of (const LkCall *call)
{
  const Kind *kind = kinds;
  while (kind->op != call->op->index)
    kind++;
  return kind;
}

/* ---- shapes ---- */

/* fft_length: how many elements of each axis are used, and how long it is where the numbers are real. n < 0: not known. */
static gboolean
read_lengths (const LkCall *call, const Kind *kind, gint64 *lengths)
{
  guint n;
  const LkShape *shape = lk_rule_shape (call, 1);
  for (guint i = 0; i < kind->n_axes; i++)
    lengths[i] = LK_DIM_UNKNOWN;
  if (shape->rank != LK_RANK_UNKNOWN && (shape->rank != 1 || (shape->dims[0] >= 0 && shape->dims[0] != kind->n_axes)))
    {
      g_autofree char *got = lk_shape_text (shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "fft_length must have shape [%u], got %s", kind->n_axes, got);
    }
  if (!lk_rule_ints (call, 1, lengths, kind->n_axes, &n))
    return TRUE;
  for (guint i = 0; i < n; i++)
    if (lengths[i] < 0)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "fft_length[%u] must >= 0, but got: %" G_GINT64_FORMAT, i, lengths[i]);
  return TRUE;
}

/* How many of a length's numbers there are on the complex side. */
static gint64
spectrum_length (gint64 n, gboolean of_real)
{
  return of_real && n >= 0 ? n / 2 + 1 : n;
}

static gboolean
real_shape (const LkCall *call, const Kind *kind, LkShape *shape)
{
  gint64 lengths[MOST_AXES];
  if (!read_lengths (call, kind, lengths))
    return FALSE;
  for (guint i = 0; i < kind->n_axes && shape->rank != LK_RANK_UNKNOWN; i++)
    {
      const guint axis = shape->rank - kind->n_axes + i;
      const gboolean last = i == kind->n_axes - 1u;
      const gint64 needed = spectrum_length (lengths[i], last && kind->to_real), got = shape->dims[axis];
      if (got > 0 && got < needed)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input dimension %u must have length of at least %" G_GINT64_FORMAT
                             " but got: %" G_GINT64_FORMAT, axis, needed, got);
      shape->dims[axis] = spectrum_length (lengths[i], last && kind->from_real);
    }
  return TRUE;
}

static gboolean
check_dtypes (const LkCall *call, const Kind *kind, LkDType result)
{
  const LkDType given = call->inputs[0]->dtype;
  if ((given == LK_FLOAT64 || given == LK_COMPLEX128) == (result == LK_FLOAT64 || result == LK_COMPLEX128))
    return TRUE;
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "input of %s does not go with %s of %s", lk_dtype_name (given),
                       kind->from_real ? "Tcomplex" : "Treal", lk_dtype_name (result));
}

static gboolean
fourier_infer (const LkCall *call, LkSignature *out)
{
  static const char *const formats[] = {
    "Input must have rank of at least 1 but got: %s", "Input must have rank of at least 2 but got: %s",
    "Input must have rank of at least 3 but got: %s",
  };
  const Kind *kind = kind_of (call);
  out[0].shape = *lk_rule_shape (call, 0);
  return lk_rule_need_min_rank (call, 0, kind->n_axes, formats[kind->n_axes - 1])
         && (call->n_inputs == 1 || (check_dtypes (call, kind, out[0].dtype) && real_shape (call, kind, &out[0].shape)));
}

/* ---- kernel ---- */

typedef struct
{
  const Kind *kind;
  const LkTensor *in;
  LkTensor *out;
  gint64 in_dims[MOST_AXES], dims[MOST_AXES], out_dims[MOST_AXES];    /* dims: of the complex side */
  gint64 length;                        /* of the last axis; of real numbers, of those */
  double scale;
  LkFft *plans[MOST_AXES];
  gint64 spectrum, line, work;          /* numbers that each task has room for */
  LkComplex *room;
  gint64 images;
  guint tasks;
} Job;

#define ROWS(suffix, T) \
  static void load_##suffix (const T *from, gint64 n, double *to) \
  { \
    for (gint64 i = 0; i < n; i++) \
      to[i] = from[i]; \
  } \
  static void store_##suffix (const double *from, gint64 n, double scale, T *to) \
  { \
    for (gint64 i = 0; i < n; i++) \
      to[i] = from[i] * scale; \
  }
ROWS (f32, float)
ROWS (f64, double)

/* n numbers from element `at` on; complex ones are two each. */
static void
load (const LkTensor *tensor, gint64 at, gint64 n, double *to)
{
  const gint64 parts = lk_dtype_is_complex (tensor->dtype) ? 2 : 1;
  if (tensor->dtype == LK_FLOAT32 || tensor->dtype == LK_COMPLEX64)
    load_f32 ((const float *) tensor->data + at * parts, n * parts, to);
  else
    load_f64 ((const double *) tensor->data + at * parts, n * parts, to);
}

static void
store (LkTensor *tensor, gint64 at, gint64 n, double scale, const double *from)
{
  const gint64 parts = lk_dtype_is_complex (tensor->dtype) ? 2 : 1;
  if (tensor->dtype == LK_FLOAT32 || tensor->dtype == LK_COMPLEX64)
    store_f32 (from, n * parts, scale, (float *) tensor->data + at * parts);
  else
    store_f64 (from, n * parts, scale, (double *) tensor->data + at * parts);
}

/* Where row (i, k) of an image begins. */
static gint64
row_at (const gint64 *dims, gint64 image, gint64 i, gint64 k)
{
  return ((image * dims[0] + i) * dims[1] + k) * dims[2];
}

static void
transform_axes (const Job *job, LkComplex *x, LkComplex *work)
{
  const gint64 *d = job->dims;
  const guint end = MOST_AXES - (job->kind->from_real || job->kind->to_real ? 1 : 0);
  for (guint axis = MOST_AXES - job->kind->n_axes; axis < end; axis++)
    {
      const gint64 columns = lk_shape_product (&(LkShape) { MOST_AXES, { d[0], d[1], d[2] } }, axis + 1, MOST_AXES),
                   size = d[axis] * columns;
      for (gint64 at = 0; at < job->spectrum; at += size)
        lk_fft_run (job->plans[axis], columns, job->kind->backward, x + at, work);
    }
}

static void
transform_image (const Job *job, gint64 image, LkComplex *x, double *line, LkComplex *work)
{
  const gint64 *d = job->dims;
  for (gint64 i = 0; i < d[0]; i++)
    for (gint64 k = 0; k < d[1]; k++)
      {
        LkComplex *row = x + (i * d[1] + k) * d[2];
        load (job->in, row_at (job->in_dims, image, i, k), job->kind->from_real ? job->length : d[2],
              job->kind->from_real ? line : (double *) row);
        if (job->kind->from_real)
          lk_fft_run_real (job->plans[2], line, row, work);
      }
  transform_axes (job, x, work);
  for (gint64 i = 0; i < d[0]; i++)
    for (gint64 k = 0; k < d[1]; k++)
      {
        LkComplex *row = x + (i * d[1] + k) * d[2];
        if (job->kind->to_real)
          lk_fft_run_back (job->plans[2], row, line, work);
        store (job->out, row_at (job->out_dims, image, i, k), job->out_dims[2], job->scale,
               job->kind->to_real ? line : (const double *) row);
      }
}

static void
transform_task (gpointer data, guint task)
{
  const Job *job = data;
  LkComplex *x = job->room + task * (job->spectrum + job->line + job->work), *line = x + job->spectrum;
  for (gint64 i = job->images * task / job->tasks; i < job->images * (task + 1) / job->tasks; i++)
    transform_image (job, i, x, (double *) line, line + job->line);
}

/* FALSE when memory is short. */
static gboolean
prepare (Job *job)
{
  const gboolean real = job->kind->from_real || job->kind->to_real;
  for (guint axis = MOST_AXES - job->kind->n_axes; axis < MOST_AXES; axis++)
    {
      const gboolean last = axis == MOST_AXES - 1, whole = real && last;
      const gint64 n = last ? job->length : job->dims[axis], size = job->spectrum / job->dims[0];
      if ((job->plans[axis] = lk_fft_new (n)) == NULL)
        return FALSE;
      const gint64 columns = axis == 0 ? size : last ? 1 : job->dims[2];
      job->work = MAX (job->work, lk_fft_room (job->plans[axis], columns) + (whole ? n + 2 : 0));
    }
  job->line = real ? job->length / 2 + 1 : 0;
  job->tasks = MAX (1, MIN (job->images, job->in->size / TASK_NUMBERS));
  if (job->tasks > 1)
    job->tasks = MIN (job->tasks, lk_parallel_ways ());
  job->room = g_try_new (LkComplex, (gsize) job->tasks * (job->spectrum + job->line + job->work));
  return job->room != NULL;
}

static void
fourier_kernel (LkCall *call)
{
  Job job = { .kind = kind_of (call), .in = call->inputs[0], .out = call->outputs[0], .spectrum = 1, .scale = 1 };
  const guint rank = job.in->shape.rank, n = job.kind->n_axes;
  for (guint i = 0; i < MOST_AXES; i++)
    {
      const gboolean there = i >= MOST_AXES - n;
      job.in_dims[i] = there ? job.in->shape.dims[rank - MOST_AXES + i] : 1;
      job.out_dims[i] = there ? job.out->shape.dims[rank - MOST_AXES + i] : 1;
      job.dims[i] = job.kind->to_real && i == MOST_AXES - 1 ? job.out_dims[i] / 2 + 1 : job.out_dims[i];
      job.spectrum *= job.dims[i];
      if (job.kind->backward)
        job.scale /= job.out_dims[i];
    }
  job.length = job.kind->from_real ? lk_int_at (call->inputs[1], n - 1) : job.out_dims[MOST_AXES - 1];
  if (job.in->size == 0 || job.out->size == 0 || job.length == 0)
    {
      memset (job.out->data, 0, lk_tensor_bytes (job.out));
      return;
    }
  job.images = lk_shape_product (&job.in->shape, 0, rank - n);
  if (prepare (&job))
    lk_parallel (job.tasks, transform_task, &job);
  else
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for a Fourier transform");
  for (guint i = 0; i < MOST_AXES; i++)
    lk_fft_free (job.plans[i]);
  g_free (job.room);
}

/* ---- gradients ---- */

/* How many numbers a transform goes over, as a scalar of that dtype. */
static LkTensor *
count_of (const LkCall *call, const Kind *kind, LkDType dtype)
{
  LkContext *ctx = call->ctx;
  const gint64 last[] = { -3, -2, -1 };
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0), lengths = NULL;
  if (call->n_inputs > 1)
    lengths = lk_tensor_ref (call->inputs[1]);
  else
    {
      g_autoptr (LkTensor) shape = lk_shape_of_tensor (ctx, call->inputs[0]), rank = lk_rank (ctx, call->inputs[0]);
      g_autoptr (LkTensor) from_end = lk_constant_ints (ctx, LK_INT32, last + MOST_AXES - kind->n_axes, kind->n_axes);
      g_autoptr (LkTensor) axes = lk_add (ctx, rank, from_end);
      lengths = lk_gather (ctx, shape, axes, zero, 0);
    }
  g_autoptr (LkTensor) wide = lk_cast (ctx, lengths, LK_FLOAT64), product = lk_prod (ctx, wide, zero, FALSE);
  return lk_cast (ctx, product, dtype);
}

/* dy, transformed back, times n or over n. */
static void
complex_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const Kind *kind = kind_of (call);
  g_autoptr (LkTensor) back = lk_apply1 (call->ctx, &lk_ops[kind->back], dy, 1, NULL);
  g_autoptr (LkTensor) n = count_of (call, kind, call->inputs[0]->dtype);
  dx[0] = kind->backward ? lk_real_div (call->ctx, back, n) : lk_mul (call->ctx, back, n);
}

/* One weight for each number of the last axis of the spectrum: 1 for the first and, of an even length, the last, which stand for
   themselves; `inner` for the others, which stand for two. */
static LkTensor *
weights_of (const LkCall *call, const Kind *kind, LkDType dtype, double inner)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0), one = lk_constant_scalar (ctx, LK_INT32, 1),
                       two = lk_constant_scalar (ctx, LK_INT32, 2),
                       last = lk_constant_scalar (ctx, LK_INT32, kind->n_axes - 1);
  g_autoptr (LkTensor) n = lk_gather (ctx, call->inputs[1], last, zero, 0), half = lk_floor_div (ctx, n, two);
  g_autoptr (LkTensor) end = lk_add (ctx, half, one), k = lk_range (ctx, zero, end, one), twice = lk_mul (ctx, k, two);
  g_autoptr (LkTensor) is_first = lk_equal (ctx, k, zero), is_last = lk_equal (ctx, twice, n),
                       alone = lk_logical_or (ctx, is_first, is_last);
  g_autoptr (LkTensor) plain = lk_constant_scalar (ctx, dtype, 1), weight = lk_constant_scalar (ctx, dtype, inner);
  return lk_select (ctx, alone, plain, weight);
}

/* grad of the part of x that was used, with zeros for the rest. */
static LkTensor *
fit (LkContext *ctx, LkTensor *grad, LkTensor *x)
{
  if (grad == NULL || (lk_shape_known (&x->shape) && lk_shape_equal (&grad->shape, &x->shape)))
    return lk_tensor_ref (grad);
  g_autoptr (LkTensor) wanted = lk_shape_of_tensor (ctx, x), got = lk_shape_of_tensor (ctx, grad),
                       size = lk_minimum (ctx, wanted, got), begin = lk_zeros_like (ctx, size);
  g_autoptr (LkTensor) cut = lk_slice (ctx, grad, begin, size), more = lk_sub (ctx, wanted, size);
  LkTensor *sides[] = { begin, more };
  g_autoptr (LkTensor) paddings = lk_pack (ctx, sides, 2, 1);
  return lk_pad (ctx, cut, paddings);
}

static LkTensor *
transform_back (const LkCall *call, const Kind *kind, LkTensor *x)
{
  LkTensor *inputs[] = { x, call->inputs[1] };
  return lk_apply1 (call->ctx, &lk_ops[kind->back], inputs, 2, (LkAttr[]) { { .type = call->inputs[0]->dtype } });
}

/* dx = Σ Re (dy e^(2πi jk / n)) over the numbers that are there. */
static void
from_real_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  const Kind *kind = kind_of (call);
  g_autoptr (LkTensor) weights = weights_of (call, kind, dy[0]->dtype, 0.5), weighted = lk_mul (ctx, dy[0], weights);
  g_autoptr (LkTensor) back = transform_back (call, kind, weighted), n = count_of (call, kind, call->inputs[0]->dtype);
  g_autoptr (LkTensor) grad = lk_mul (ctx, back, n);
  dx[0] = fit (ctx, grad, call->inputs[0]);
}

static void
to_real_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  const Kind *kind = kind_of (call);
  const LkDType dtype = call->inputs[0]->dtype;
  g_autoptr (LkTensor) back = transform_back (call, kind, dy[0]), weights = weights_of (call, kind, dtype, 2);
  g_autoptr (LkTensor) n = count_of (call, kind, dtype), mean = lk_real_div (ctx, back, n), grad = lk_mul (ctx, mean, weights);
  dx[0] = fit (ctx, grad, call->inputs[0]);
}

/* ---- where elements come from: all of the image ---- */

static void
fourier_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const guint rank = call->inputs[0]->shape.rank, n = kind_of (call)->n_axes;
  const gint64 in = lk_shape_product (&call->inputs[0]->shape, rank - n, rank),
               out = lk_shape_product (&call->outputs[0]->shape, rank - n, rank);
  if (in > 0)
    lk_provenance_add (into, 0, element / out * in, in, 1);
  if (call->n_inputs > 1)
    lk_provenance_add (into, 1, 0, n, 1);
}

#define COMPLEX(name, ...) \
  LK_BLOCK (name, .infer = fourier_infer, .kernel = fourier_kernel, .gradient = complex_gradient, \
            .provenance = fourier_provenance, .shape = "The input's shape.", SAMPLES (__VA_ARGS__))
#define FROM_REAL(name, ...) \
  LK_BLOCK (name, .infer = fourier_infer, .kernel = fourier_kernel, .gradient = from_real_gradient, \
            .provenance = fourier_provenance, SAMPLES (__VA_ARGS__), \
            .shape = "The input's, but the last axes as fft_length says, and of the last one n / 2 + 1.")
#define TO_REAL(name, ...) \
  LK_BLOCK (name, .infer = fourier_infer, .kernel = fourier_kernel, .gradient = to_real_gradient, \
            .provenance = fourier_provenance, SAMPLES (__VA_ARGS__), \
            .shape = "The input's, but the last axes as fft_length says.")
#define COMPLEX_1D { "complex128[2,6]" }, { "complex128[5]" }, { "complex128[1,67]" }, { "complex64[3,8]" }, { "complex64[0,3]" }, \
                   { "complex64[2,0]" }
#define COMPLEX_2D { "complex128[2,3,4]" }, { "complex128[5,1]" }, { "complex64[1,8,2]" }, { "complex64[0,3,3]" }
#define COMPLEX_3D { "complex128[2,2,3,4]" }, { "complex128[3,1,2]" }, { "complex64[2,4,2]" }
#define DOUBLES "Tcomplex=complex128"
#define TO_DOUBLES "Treal=float64"

COMPLEX (fft, COMPLEX_1D);
COMPLEX (ifft, COMPLEX_1D);
COMPLEX (fft2d, COMPLEX_2D);
COMPLEX (ifft2d, COMPLEX_2D);
COMPLEX (fft3d, COMPLEX_3D);
COMPLEX (ifft3d, COMPLEX_3D);
FROM_REAL (rfft, { "float64[2,6]; int32[1]={6}", DOUBLES }, { "float64[7]; int32[1]={5}", DOUBLES }, { "float64[2]; int32[1]={1}", DOUBLES },
           { "float32[2,8]; int32[1]={8}" }, { "float32[0,4]; int32[1]={4}" }, { "float32[2,0]; int32[1]={4}" });
FROM_REAL (rfft2d, { "float64[2,3,4]; int32[2]={3,4}", DOUBLES }, { "float64[4,4]; int32[2]={2,3}", DOUBLES },
           { "float32[4,2]; int32[2]={4,2}" });
FROM_REAL (rfft3d, { "float64[2,2,3,4]; int32[3]={2,3,4}", DOUBLES }, { "float64[2,3,5]; int32[3]={2,2,3}", DOUBLES },
           { "float32[2,2,2]; int32[3]={2,2,2}" });
TO_REAL (irfft, { "complex128[2,4]; int32[1]={6}", TO_DOUBLES }, { "complex128[4]; int32[1]={5}", TO_DOUBLES },
         { "complex128[1]; int32[1]={1}", TO_DOUBLES }, { "complex64[2,5]; int32[1]={8}" }, { "complex64[0,3]; int32[1]={4}" },
         { "complex64[2,0]; int32[1]={4}" });
TO_REAL (irfft2d, { "complex128[2,3,3]; int32[2]={3,4}", TO_DOUBLES }, { "complex128[4,3]; int32[2]={2,3}", TO_DOUBLES },
         { "complex64[4,2]; int32[2]={4,2}" });
TO_REAL (irfft3d, { "complex128[2,2,3,3]; int32[3]={2,3,4}", TO_DOUBLES }, { "complex128[2,3,4]; int32[3]={2,2,3}", TO_DOUBLES },
         { "complex64[2,2,2]; int32[3]={2,2,2}" });
