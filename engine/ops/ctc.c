/* SPDX-License-Identifier: MIT */
/* Connectionist temporal classification (A. Graves et al., 2006): −ln of the probability that logits over time give a sequence of
   labels, whatever the alignment; between any two labels there may be blanks. The equations are those of A. Graves, Supervised
   Sequence Labelling with Recurrent Neural Networks, chapter 7. In double. */
#include <string.h>

#include "engine/core/parallel.h"
#include "engine/ops/ctc.h"
#include "engine/ops/gradient.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

enum { LOGITS, INDICES, VALUES, LENGTHS };      /* inputs */
enum { COLLAPSE, MERGE, IGNORE_LONGER };        /* attributes */

/* ---- shapes ---- */

static gboolean
ctc_infer (const LkCall *call, LkSignature *out)
{
  gint64 batch, n;
  const LkShape *logits = lk_rule_shape (call, LOGITS), *indices = lk_rule_shape (call, INDICES),
                *values = lk_rule_shape (call, VALUES), *lengths = lk_rule_shape (call, LENGTHS);
  if (!lk_rule_need_rank (call, LOGITS, 3, "inputs is not a 3-Tensor, got shape %s")
      || !lk_rule_need_rank (call, INDICES, 2, "labels_indices is not a matrix, got shape %s")
      || !lk_rule_need_rank (call, VALUES, 1, "labels_values is not a vector, got shape %s")
      || !lk_rule_need_rank (call, LENGTHS, 1, "sequence_length is not a vector, got shape %s"))
    return FALSE;
  if (indices->rank == 2 && indices->dims[1] >= 0 && indices->dims[1] != 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "labels_indices must have 2 columns, got %" G_GINT64_FORMAT, indices->dims[1]);
  if (indices->rank == 2 && values->rank == 1 && !lk_rule_merge_dim (indices->dims[0], values->dims[0], &n))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "labels_indices and labels_values must contain the same number of rows, but "
                         "saw %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT, indices->dims[0], values->dims[0]);
  if (!lk_rule_merge_dim (logits->rank == 3 ? logits->dims[1] : LK_DIM_UNKNOWN,
                          lengths->rank == 1 ? lengths->dims[0] : LK_DIM_UNKNOWN, &batch))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "len(sequence_length) != batch_size.  len(sequence_length):  %" G_GINT64_FORMAT
                         " batch_size: %" G_GINT64_FORMAT, lengths->dims[0], logits->dims[1]);
  if (batch == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "batch_size must not be 0");
  out[0].shape = LK_SHAPE (batch);
  out[1].shape = *logits;
  return TRUE;
}

/* ---- labels ---- */

typedef struct
{
  gint64 n, length;           /* labels; steps of time */
  gint64 *states;             /* 2 n + 1: blank, label, blank, … */
  gboolean skipped;           /* loss and gradient are 0 */
} Target;

static gint64
blank_of (const LkCall *call)
{
  return call->op->index == LK_OP_CTC_LOSS ? call->inputs[LOGITS]->shape.dims[2] - 1 : 0;
}

static void
targets_free (Target *targets, gint64 batch)
{
  for (gint64 b = 0; targets != NULL && b < batch; b++)
    g_free (targets[b].states);
  g_free (targets);
}

/* Whether it is the one that ends a sequence of labels. */
static gboolean
is_null (const LkCall *call, gint64 label)
{
  return call->op->index == LK_OP_CTC_LOSS && label >= blank_of (call);
}

/* The labels (n of them) of sequence b become states. */
static gboolean
make_states (const LkCall *call, gint64 b, const gint64 *labels, gint64 n, Target *target)
{
  const gint64 classes = call->inputs[LOGITS]->shape.dims[2], blank = blank_of (call);
  gboolean ended = FALSE;
  target->states[0] = blank;
  for (gint64 i = 0; i < n; i++)
    {
      if (i > 0 && call->attrs[COLLAPSE].b && labels[i] == labels[i - 1])
        continue;
      if (labels[i] < 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "All labels must be nonnegative integers, batch: %" G_GINT64_FORMAT
                             " label: %" G_GINT64_FORMAT, b, labels[i]);
      if (is_null (call, labels[i]))
        {
          ended = TRUE;
          continue;
        }
      if (ended)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Saw a non-null label (index >= num_classes - 1) following a null label, "
                             "batch: %" G_GINT64_FORMAT " num_classes: %" G_GINT64_FORMAT, b, classes);
      if (labels[i] >= classes)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "No label may be greater than num_classes. num_classes: %" G_GINT64_FORMAT
                             ", batch: %" G_GINT64_FORMAT " label: %" G_GINT64_FORMAT, classes, b, labels[i]);
      target->states[2 * target->n + 1] = labels[i];
      target->states[2 * ++target->n] = blank;
    }
  return TRUE;
}

/* CTCLoss refuses what cannot be; CTCLossV2 says that its probability is 0. */
static gboolean
check_time (const LkCall *call, gint64 b, gint64 n, Target *target)
{
  target->skipped = target->length == 0 || (call->attrs[IGNORE_LONGER].b && n > target->length);
  if (call->op->index != LK_OP_CTC_LOSS)
    {
      target->skipped = call->attrs[IGNORE_LONGER].b && n > target->length;
      return TRUE;
    }
  if (n == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Labels length is zero in batch %" G_GINT64_FORMAT, b);
  return call->attrs[IGNORE_LONGER].b || n <= target->length
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Not enough time for target transition sequence (required: %" G_GINT64_FORMAT
                          ", available: %" G_GINT64_FORMAT ")%" G_GINT64_FORMAT "You can turn this error into a warning by using "
                          "the flag ignore_longer_outputs_than_inputs", n, target->length, b);
}

static gboolean
check_lengths (const LkCall *call, Target *targets)
{
  const LkShape *logits = lk_rule_shape (call, LOGITS);
  if (logits->dims[2] == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "num_classes must not be 0");
  for (gint64 b = 0; b < logits->dims[1]; b++)
    {
      targets[b].length = lk_int_at (call->inputs[LENGTHS], b);
      if (targets[b].length < 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "seq_len(%" G_GINT64_FORMAT ") < 0", b);
      if (targets[b].length > logits->dims[0])
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "sequence_length(%" G_GINT64_FORMAT ") <= %" G_GINT64_FORMAT, b,
                             logits->dims[0]);
    }
  return TRUE;
}

/* counts: how many labels each sequence has; ends: where they end in `labels`, which are in the order of the sequences. */
static gboolean
sort_labels (const LkCall *call, gint64 *counts, gint64 *ends, gint64 *labels)
{
  const gint64 batch = lk_rule_shape (call, LOGITS)->dims[1], n = call->inputs[VALUES]->size;
  for (gint64 i = 0; i < n; i++)
    {
      const gint64 b = lk_int_at (call->inputs[INDICES], 2 * i);
      if (b < 0 || b >= batch)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "labels batch index must be between 0 and %" G_GINT64_FORMAT
                             " but saw: %" G_GINT64_FORMAT, batch, b);
      counts[b]++;
    }
  for (gint64 b = 1; b < batch; b++)
    ends[b] = ends[b - 1] + counts[b - 1];
  for (gint64 i = 0; i < n; i++)
    labels[ends[lk_int_at (call->inputs[INDICES], 2 * i)]++] = lk_int_at (call->inputs[VALUES], i);
  return TRUE;
}

/* NULL after an error. */
static Target *
read_targets (const LkCall *call)
{
  const gint64 batch = lk_rule_shape (call, LOGITS)->dims[1], n = call->inputs[VALUES]->size;
  Target *targets = g_try_new0 (Target, batch);
  g_autofree gint64 *counts = g_try_new0 (gint64, batch), *ends = g_try_new0 (gint64, batch), *labels = g_try_new (gint64, n + 1);
  gboolean good = targets != NULL && counts != NULL && ends != NULL && labels != NULL;
  if (!good)
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for %" G_GINT64_FORMAT " labels", n);
  good = good && check_lengths (call, targets) && sort_labels (call, counts, ends, labels);
  for (gint64 b = 0; good && b < batch; b++)
    {
      targets[b].states = g_new (gint64, 2 * counts[b] + 1);
      good = make_states (call, b, labels + ends[b] - counts[b], counts[b], &targets[b])
             && check_time (call, b, counts[b], &targets[b]);
    }
  if (good)
    return targets;
  targets_free (targets, batch);
  return NULL;
}

/* ---- probabilities, as logarithms ---- */

typedef struct
{
  const LkCall *call;
  const Target *targets;
  gboolean short_of_memory;   /* atomic */
} Job;

/* One sequence. */
typedef struct
{
  const Target *target;
  gint64 classes, n;          /* n: of states */
  gboolean merge;
  gint64 blank;
  double *y;                  /* [length, classes] logarithms of the softmax */
  double *alpha, *beta;       /* [length, n] */
  double *sums;               /* [classes] */
} Paths;

void
lk_ctc_log_softmax (const LkTensor *logits, gint64 at, gint64 n, double *y)
{
  double top = -INFINITY, sum = 0;
  for (gint64 i = 0; i < n; i++)
    {
      y[i] = lk_tensor_double_at (logits, at + i);
      top = fmax (top, y[i]);
    }
  for (gint64 i = 0; i < n; i++)
    sum += exp (y[i] - top);
  for (gint64 i = 0; i < n; i++)
    y[i] -= top + log (sum);
}

/* A state may come after the one before the last unless both are the same label, which would merge, or it is a blank. */
static gboolean
may_skip (const Paths *p, gint64 from)
{
  const gint64 *states = p->target->states;
  return from + 2 < p->n && states[from + 2] != p->blank && !(p->merge && states[from] == states[from + 2]);
}

static gboolean
may_stay (const Paths *p, gint64 state)
{
  return p->merge || p->target->states[state] == p->blank;
}

static double
y_at (const Paths *p, gint64 t, gint64 state)
{
  return p->y[t * p->classes + p->target->states[state]];
}

static void
forward (const Paths *p)
{
  for (gint64 u = 0; u < p->n; u++)
    p->alpha[u] = u < 2 ? y_at (p, 0, u) : -INFINITY;
  for (gint64 t = 1; t < p->target->length; t++)
    for (gint64 u = 0; u < p->n; u++)
      {
        const double *before = p->alpha + (t - 1) * p->n;
        double sum = may_stay (p, u) ? before[u] : -INFINITY;
        if (u > 0)
          sum = lk_ctc_add (sum, before[u - 1]);
        if (u > 1 && may_skip (p, u - 2))
          sum = lk_ctc_add (sum, before[u - 2]);
        p->alpha[t * p->n + u] = sum + y_at (p, t, u);
      }
}

static void
backward (const Paths *p)
{
  const gint64 last = p->target->length - 1;
  for (gint64 u = 0; u < p->n; u++)
    p->beta[last * p->n + u] = u >= p->n - 2 ? 0 : -INFINITY;
  for (gint64 t = last; t-- > 0;)
    for (gint64 u = 0; u < p->n; u++)
      {
        const double *after = p->beta + (t + 1) * p->n;
        double sum = may_stay (p, u) ? after[u] + y_at (p, t + 1, u) : -INFINITY;
        if (u + 1 < p->n)
          sum = lk_ctc_add (sum, after[u + 1] + y_at (p, t + 1, u + 1));
        if (may_skip (p, u))
          sum = lk_ctc_add (sum, after[u + 2] + y_at (p, t + 1, u + 2));
        p->beta[t * p->n + u] = sum;
      }
}

/* softmax − what of it the paths through the labels have. */
static void
slopes (const Paths *p, double log_p, gint64 t, gint64 at, LkTensor *gradient)
{
  for (gint64 c = 0; c < p->classes; c++)
    p->sums[c] = -INFINITY;
  for (gint64 u = 0; u < p->n && log_p > -INFINITY; u++)
    {
      double *sum = &p->sums[p->target->states[u]];
      *sum = lk_ctc_add (*sum, p->alpha[t * p->n + u] + p->beta[t * p->n + u]);
    }
  for (gint64 c = 0; c < p->classes; c++)
    lk_tensor_set_double (gradient, at + c, exp (p->y[t * p->classes + c]) - (log_p > -INFINITY ? exp (p->sums[c] - log_p) : 0));
}

static void
sequence (const Job *job, gint64 b, const Paths *p)
{
  const LkCall *call = job->call;
  const LkShape *shape = lk_rule_shape (call, LOGITS);
  double log_p = p->target->length == 0 ? (p->n == 1 ? 0 : -INFINITY) : -INFINITY;
  for (gint64 t = 0; t < p->target->length; t++)
    lk_ctc_log_softmax (call->inputs[LOGITS], (t * shape->dims[1] + b) * p->classes, p->classes, p->y + t * p->classes);
  if (p->target->length > 0)
    {
      forward (p);
      backward (p);
    }
  for (gint64 u = 0; u < p->n && p->target->length > 0; u++)
    log_p = lk_ctc_add (log_p, p->alpha[u] + p->beta[u]);
  lk_tensor_set_double (call->outputs[0], b, -log_p);
  for (gint64 t = 0; t < p->target->length; t++)
    slopes (p, log_p, t, (t * shape->dims[1] + b) * p->classes, call->outputs[1]);
}

static void
sequence_task (gpointer data, guint task)
{
  Job *job = data;
  const Target *target = &job->targets[task];
  const gint64 classes = lk_rule_shape (job->call, LOGITS)->dims[2], n = 2 * target->n + 1;
  gsize states, all;
  if (target->skipped)
    {
      lk_tensor_set_double (job->call->outputs[0], task, 0);
      return;
    }
  double *room = NULL;
  if (g_size_checked_mul (&states, target->length, 2 * n + classes) && g_size_checked_add (&all, states, classes))
    room = g_try_new (double, all);
  if (room == NULL)
    {
      g_atomic_int_set (&job->short_of_memory, TRUE);
      return;
    }
  const Paths paths = { target, classes, n, job->call->attrs[MERGE].b, blank_of (job->call), .sums = room, .y = room + classes,
                        .alpha = room + classes + target->length * classes,
                        .beta = room + classes + target->length * (classes + n) };
  sequence (job, task, &paths);
  g_free (room);
}

static void
ctc_kernel (LkCall *call)
{
  const gint64 batch = lk_rule_shape (call, LOGITS)->dims[1];
  Target *targets = read_targets (call);
  Job job = { call, targets, FALSE };
  memset (call->outputs[1]->data, 0, lk_tensor_bytes (call->outputs[1]));
  if (targets == NULL)
    return;
  lk_parallel (batch, sequence_task, &job);
  if (job.short_of_memory)
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for the paths of a sequence");
  targets_free (targets, batch);
}

/* ---- gradient; the gradient itself has none, as in TensorFlow ---- */

static void
ctc_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  if (dy[0] == NULL)
    return;
  g_autoptr (LkTensor) last = lk_constant_scalar (ctx, LK_INT32, -1), column = lk_expand_dims (ctx, dy[0], last);
  g_autoptr (LkTensor) slope = lk_prevent_gradient (ctx, call->outputs[1], "Currently there is no way to take the second "
                                                    "derivative of ctc_loss due to the fused implementation's interaction "
                                                    "with tf.gradients()");
  dx[0] = lk_mul (ctx, column, slope);
}

static void
ctc_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkShape *shape = lk_rule_shape (call, LOGITS);
  const gint64 b = output == 0 ? element : element / shape->dims[2] % shape->dims[1], row = shape->dims[1] * shape->dims[2];
  for (gint64 t = 0; t < shape->dims[0]; t++)
    lk_provenance_add (into, LOGITS, t * row + b * shape->dims[2], shape->dims[2], 1);
  for (gint64 i = 0; i < call->inputs[VALUES]->size; i++)
    if (lk_int_at (call->inputs[INDICES], 2 * i) == b)
      lk_provenance_add (into, VALUES, i, 1, 1);
  lk_provenance_add (into, LENGTHS, b, 1, 1);
}

#define LOSS(name, ...) \
  LK_BLOCK (name, .infer = ctc_infer, .kernel = ctc_kernel, .gradient = ctc_gradient, .provenance = ctc_provenance, \
            .shape = "[batch], and that of inputs.", SAMPLES (__VA_ARGS__))
#define LABELS "int64[4,2]={0,0,0,1,1,0,1,1}; int32[4]={1,1,0,2}; int32[2]={4,3}"
LOSS (ctc_loss, { "float64[4,2,4]; " LABELS }, { "float64[4,2,4]; " LABELS, "preprocess_collapse_repeated=true, ctc_merge_repeated=false" },
      { "float32[1,2,3]; int64[3,2]={0,0,0,1,1,0}; int32[3]={0,1,1}; int32[2]={1,1}", "ignore_longer_outputs_than_inputs=true" });
LOSS (ctc_loss_v2, { "float32[4,2,4]; int64[3,2]={0,0,0,1,1,0}; int32[3]={1,3,2}; int32[2]={4,3}" },
      { "float32[2,1,3]; int64[0,2]; int32[0]; int32[1]={2}" });
