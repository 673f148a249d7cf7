/* SPDX-License-Identifier: MIT */
/* Non-maximum suppression: boxes in the order of their scores, but not those that overlap a better one too much; or, softly
   (N. Bodla et al., 2017), with their scores lowered by e^(−overlap² / 2σ). */
#include <float.h>
#include <math.h>

#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

enum { BOXES, SCORES, MOST, OVERLAP, SCORE, SIGMA };    /* inputs */

/* ---- shapes ---- */

static gboolean
check_threshold (const LkCall *call, guint i, const char *name, double low, double high)
{
  const LkTensor *value = lk_call_constant (call, i);
  if (i >= call->n_inputs)
    return TRUE;
  const LkShape *shape = lk_rule_shape (call, i);
  if (shape->rank != 0 && shape->rank != LK_RANK_UNKNOWN)
    {
      g_autofree char *got = lk_shape_text (shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be 0-D, got shape %s", name, got);
    }
  if (value == NULL || (lk_tensor_double_at (value, 0) >= low && lk_tensor_double_at (value, 0) <= high))
    return TRUE;
  if (low < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be a number, got nan", name);
  return high < G_MAXDOUBLE
         ? lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be in [0, 1], got %g", name, lk_tensor_double_at (value, 0))
         : lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be >= 0, got %g", name, lk_tensor_double_at (value, 0));
}

/* NonMaxSuppression has its threshold as an attribute; neither it nor V2 one for scores. */
static gboolean
check_inputs (const LkCall *call)
{
  gint64 n;
  const LkShape *boxes = lk_rule_shape (call, BOXES), *scores = lk_rule_shape (call, SCORES);
  if (!lk_rule_need_rank (call, BOXES, 2, "boxes must be 2-D, got shape %s")
      || !lk_rule_need_rank (call, SCORES, 1, "scores must be 1-D, got shape %s")
      || !check_threshold (call, MOST, "max_output_size", 0, G_MAXDOUBLE)
      || (call->n_inputs > OVERLAP && !check_threshold (call, OVERLAP, "iou_threshold", 0, 1))
      || (call->n_inputs > SCORE && !check_threshold (call, SCORE, "score_threshold", -INFINITY, INFINITY))
      || (call->n_inputs > SIGMA && !check_threshold (call, SIGMA, "soft_nms_sigma", 0, INFINITY)))
    return FALSE;
  if (call->n_inputs <= OVERLAP && !(call->attrs[0].f >= 0 && call->attrs[0].f <= 1))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "iou_threshold must be in [0, 1], got %g", call->attrs[0].f);
  if (boxes->rank == 2 && boxes->dims[1] >= 0 && boxes->dims[1] != 4)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "boxes must have 4 columns, got %" G_GINT64_FORMAT, boxes->dims[1]);
  return boxes->rank != 2 || scores->rank != 1 || lk_rule_merge_dim (boxes->dims[0], scores->dims[0], &n)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "scores has incompatible shape: %" G_GINT64_FORMAT " boxes, but %"
                          G_GINT64_FORMAT " scores", boxes->dims[0], scores->dims[0]);
}

/* Whether the results are as many as max_output_size says. */
static gboolean
is_padded (const LkCall *call)
{
  const guint16 op = call->op->index;
  return (op == LK_OP_NON_MAX_SUPPRESSION_V4 || op == LK_OP_NON_MAX_SUPPRESSION_V5) && call->attrs[0].b;
}

static gboolean
suppress_infer (const LkCall *call, LkSignature *out)
{
  const LkTensor *most = lk_call_constant (call, MOST);
  if (!check_inputs (call))
    return FALSE;
  out[0].shape = LK_SHAPE (is_padded (call) && most != NULL ? lk_int_at (most, 0) : LK_DIM_UNKNOWN);
  for (guint i = 1; i < call->n_outputs; i++)
    out[i].shape = i == call->n_outputs - 1 ? LK_SCALAR : out[0].shape;
  return TRUE;
}

/* ---- overlaps ---- */

/* Corners in any order; float32, as TensorFlow's. */
static float
overlap (const float *a, const float *b)
{
  const float a_low[2] = { fminf (a[0], a[2]), fminf (a[1], a[3]) }, a_high[2] = { fmaxf (a[0], a[2]), fmaxf (a[1], a[3]) },
              b_low[2] = { fminf (b[0], b[2]), fminf (b[1], b[3]) }, b_high[2] = { fmaxf (b[0], b[2]), fmaxf (b[1], b[3]) };
  const float a_area = (a_high[0] - a_low[0]) * (a_high[1] - a_low[1]), b_area = (b_high[0] - b_low[0]) * (b_high[1] - b_low[1]);
  if (a_area <= 0 || b_area <= 0)
    return 0;
  const float height = fmaxf (fminf (a_high[0], b_high[0]) - fmaxf (a_low[0], b_low[0]), 0),
              width = fmaxf (fminf (a_high[1], b_high[1]) - fmaxf (a_low[1], b_low[1]), 0), both = height * width;
  return both / (a_area + b_area - both);
}

/* ---- candidates, in a heap: the best is first, and of equal ones that with the lower number ---- */

typedef struct
{
  gint64 box;
  float score;
  gint64 seen;                /* how many of the chosen it was held against */
} Candidate;

typedef struct
{
  Candidate *v;
  gint64 n;
} Heap;

static gboolean
is_before (const Candidate *a, const Candidate *b)
{
  return a->score > b->score || (a->score == b->score && a->box < b->box);
}

static void
heap_push (Heap *heap, Candidate candidate)
{
  gint64 i = heap->n++;
  for (; i > 0 && is_before (&candidate, &heap->v[(i - 1) / 2]); i = (i - 1) / 2)
    heap->v[i] = heap->v[(i - 1) / 2];
  heap->v[i] = candidate;
}

static Candidate
heap_pop (Heap *heap)
{
  const Candidate first = heap->v[0], last = heap->v[--heap->n];
  gint64 i = 0;
  while (2 * i + 1 < heap->n)
    {
      gint64 child = 2 * i + 1;
      if (child + 1 < heap->n && is_before (&heap->v[child + 1], &heap->v[child]))
        child++;
      if (!is_before (&heap->v[child], &last))
        break;
      heap->v[i] = heap->v[child];
      i = child;
    }
  heap->v[i] = last;
  return first;
}

typedef struct
{
  const float *boxes;
  float most_overlap, least_score, sigma;
  gint64 *chosen;
  float *scores;
  gint64 n;                   /* chosen */
} Choice;

/* Lowers the candidate's score by the chosen that it was not held against yet, the last first. FALSE when one rules it out. */
static gboolean
lower (const Choice *choice, Candidate *candidate)
{
  const gboolean soft = choice->sigma > 0;
  const float factor = soft ? -0.5f / choice->sigma : 0;
  for (gint64 i = choice->n; i-- > candidate->seen;)
    {
      const float both = overlap (choice->boxes + 4 * candidate->box, choice->boxes + 4 * choice->chosen[i]);
      candidate->score *= both <= choice->most_overlap ? expf (factor * both * both) : 0;
      if (!soft && both > choice->most_overlap)
        return FALSE;
      if (candidate->score <= choice->least_score)
        break;
    }
  candidate->seen = choice->n;
  return TRUE;
}

static void
choose (Choice *choice, Heap *heap, gint64 most)
{
  while (choice->n < most && heap->n > 0)
    {
      Candidate next = heap_pop (heap);
      const float before = next.score;
      if (!lower (choice, &next))
        continue;
      if (next.score == before)
        {
          choice->chosen[choice->n] = next.box;
          choice->scores[choice->n++] = next.score;
        }
      else if (next.score > choice->least_score)
        heap_push (heap, next);
    }
}

/* ---- kernel ---- */

static float
input_or (const LkCall *call, guint i, float otherwise)
{
  return i < call->n_inputs ? lk_tensor_double_at (call->inputs[i], 0) : otherwise;
}

/* chosen, padded with zeros to n */
static void
give (LkCall *call, const Choice *choice, gint64 n)
{
  const guint last = call->n_outputs - 1;
  for (guint i = 0; i < MAX (1, last); i++)
    {
      LkTensor *out = lk_call_output (call, i, LK_SHAPE_REF (n));
      for (gint64 k = 0; out != NULL && k < n; k++)
        if (i == 0)
          lk_set_int (out, k, k < choice->n ? choice->chosen[k] : 0);
        else
          lk_tensor_set_double (out, k, k < choice->n ? choice->scores[k] : 0);
    }
  LkTensor *valid = last > 0 ? lk_call_output (call, last, &LK_SCALAR) : NULL;
  if (valid != NULL)
    lk_set_int (valid, 0, choice->n);
}

static void
suppress_kernel (LkCall *call)
{
  const gint64 n = call->inputs[SCORES]->size, wanted = lk_int_at (call->inputs[MOST], 0), most = MIN (wanted, n);
  g_autofree float *boxes = g_try_new (float, 4 * n + 1), *scores = g_try_new (float, n + 1);
  g_autofree gint64 *chosen = g_try_new (gint64, n + 1);
  g_autofree Candidate *candidates = g_try_new (Candidate, n + 1);
  if (boxes == NULL || scores == NULL || chosen == NULL || candidates == NULL)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for %" G_GINT64_FORMAT " boxes", n);
      return;
    }
  Heap heap = { candidates, 0 };
  Choice choice = { boxes, call->n_inputs > OVERLAP ? input_or (call, OVERLAP, 0) : (float) call->attrs[0].f,
                    input_or (call, SCORE, -FLT_MAX), input_or (call, SIGMA, 0), chosen, scores, 0 };
  for (gint64 i = 0; i < 4 * n; i++)
    boxes[i] = lk_tensor_double_at (call->inputs[BOXES], i);
  for (gint64 i = 0; i < n; i++)
    if (lk_tensor_double_at (call->inputs[SCORES], i) > choice.least_score)
      heap_push (&heap, (Candidate) { i, lk_tensor_double_at (call->inputs[SCORES], i), 0 });
  choose (&choice, &heap, most);
  give (call, &choice, is_padded (call) ? wanted : choice.n);
}

static void
suppress_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  for (guint i = 0; i < call->n_inputs; i++)
    lk_provenance_add (into, i, 0, call->inputs[i]->size, 1);
}

#define THREE "float32[3,4]={0,0,1,1,0,0.1,1,1.1,0,2,1,3}; float32[3]={0.5,0.75,0.25}; int32[]={3}"
#define SUPPRESS(name, ...) \
  LK_BLOCK (name, .infer = suppress_infer, .kernel = suppress_kernel, .provenance = suppress_provenance, \
            .shape = "As many as are chosen, or, padded, max_output_size.", SAMPLES (__VA_ARGS__))
SUPPRESS (non_max_suppression, { THREE }, { "float32[0,4]; float32[0]; int32[]={3}", "iou_threshold=0.3" });
SUPPRESS (non_max_suppression_v2, { THREE "; float32[]={0.5}" }, { "float16[1,4]; float16[1]; int32[]={0}; float32[]={0.5}" });
SUPPRESS (non_max_suppression_v3, { THREE "; float32[]={0.5}; float32[]={0.3}" },
          { "float16[2,4]; float16[2]; int32[]={5}; float32[]={0.5}; float32[]={-1}" });
SUPPRESS (non_max_suppression_v4, { THREE "; float32[]={0.5}; float32[]={0}", "pad_to_max_output_size=true" },
          { "float16[2,4]; float16[2]; int32[]={1}; float32[]={0.5}; float32[]={-1}" });
SUPPRESS (non_max_suppression_v5, { THREE "; float32[]={0.5}; float32[]={0}; float32[]={0.5}", "pad_to_max_output_size=true" },
          { THREE "; float32[]={1}; float32[]={0.2}; float32[]={0.5}" }, { "float16[2,4]; float16[2]; int32[]={1}; float16[]={0.5}; float16[]={-1}; float16[]={0}" });
