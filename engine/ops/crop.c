/* SPDX-License-Identifier: MIT */
/* Boxes cut out of images and brought to one size: CropAndResize and its gradients, by the image and by the boxes. In float32. */
#include <math.h>
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- shapes ---- */

/* Inputs i and i + 1 are boxes and the number of the image that each is of. */
static gboolean
check_boxes (const LkCall *call, guint i, gint64 *n)
{
  const LkShape *boxes = lk_rule_shape (call, i), *numbers = lk_rule_shape (call, i + 1);
  *n = LK_DIM_UNKNOWN;
  if (!lk_rule_need_rank (call, i, 2, "boxes must be 2-D, got shape %s")
      || !lk_rule_need_rank (call, i + 1, 1, "box_index must be 1-D, got shape %s"))
    return FALSE;
  if (boxes->rank == 2 && boxes->dims[1] >= 0 && boxes->dims[1] != 4)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "boxes must have 4 columns, got %" G_GINT64_FORMAT, boxes->dims[1]);
  const gint64 a = boxes->rank == 2 ? boxes->dims[0] : LK_DIM_UNKNOWN, b = numbers->rank == 1 ? numbers->dims[0] : LK_DIM_UNKNOWN;
  return lk_rule_merge_dim (a, b, n)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "box_index has incompatible shape: %" G_GINT64_FORMAT " boxes, but %"
                          G_GINT64_FORMAT " indices", a, b);
}

static gboolean
check_image (const LkCall *call, guint i)
{
  const LkShape *image = lk_rule_shape (call, i);
  if (!lk_rule_need_rank (call, i, 4, "image must be 4-D, got shape %s"))
    return FALSE;
  return image->rank == LK_RANK_UNKNOWN || (image->dims[1] != 0 && image->dims[2] != 0)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "image dimensions must be positive");
}

/* Only boxes and images that bilinear interpolation goes between have attribute method; NULL without. */
static gboolean
check_method (const LkCall *call, const char *method)
{
  return strcmp (method, "bilinear") == 0 || strcmp (method, "nearest") == 0
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'method' of \"%s\" is not in the list of allowed values: "
                          "\"bilinear\", \"nearest\"", method);
}

static gboolean
crop_infer (const LkCall *call, LkSignature *out)
{
  guint n;
  gint64 boxes, size[2] = { LK_DIM_UNKNOWN, LK_DIM_UNKNOWN };
  const LkShape *image = lk_rule_shape (call, 0), *crop = lk_rule_shape (call, 3);
  if (!check_method (call, call->attrs[0].s) || !check_image (call, 0) || !check_boxes (call, 1, &boxes)
      || !lk_rule_need_rank (call, 3, 1, "crop_size must be 1-D, got shape %s"))
    return FALSE;
  if (crop->rank == 1 && crop->dims[0] >= 0 && crop->dims[0] != 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "crop_size must have two elements, got %" G_GINT64_FORMAT, crop->dims[0]);
  if (lk_rule_ints (call, 3, size, 2, &n) && (size[0] <= 0 || size[1] <= 0))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "crop dimensions must be positive, got %" G_GINT64_FORMAT " and %"
                         G_GINT64_FORMAT, size[0], size[1]);
  out[0].shape = LK_SHAPE (boxes, size[0], size[1], image->rank == 4 ? image->dims[3] : LK_DIM_UNKNOWN);
  return TRUE;
}

/* grads go with the boxes, and have the depth of the images. */
static gboolean
check_grads (const LkCall *call, gint64 boxes, const LkShape *image)
{
  const LkShape *grads = lk_rule_shape (call, 0);
  gint64 merged;
  if (!lk_rule_need_rank (call, 0, 4, "grads image must be 4-D, got shape %s"))
    return FALSE;
  if (grads->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (grads->dims[1] == 0 || grads->dims[2] == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "grads dimensions must be positive");
  if (!lk_rule_merge_dim (grads->dims[0], boxes, &merged))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "boxes and grads have incompatible shape: %" G_GINT64_FORMAT " and %"
                         G_GINT64_FORMAT, boxes, grads->dims[0]);
  return image->rank != 4 || lk_rule_merge_dim (grads->dims[3], image->dims[3], &merged)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "image_size and grads are incompatible: depth %" G_GINT64_FORMAT " and %"
                          G_GINT64_FORMAT, image->dims[3], grads->dims[3]);
}

static gboolean
grad_image_infer (const LkCall *call, LkSignature *out)
{
  guint n;
  gint64 boxes, dims[4] = { -1, -1, -1, -1 };
  const LkShape *size = lk_rule_shape (call, 3);
  if (!check_method (call, call->attrs[1].s) || !check_boxes (call, 1, &boxes)
      || !lk_rule_need_rank (call, 3, 1, "image_size must be 1-D, got shape %s"))
    return FALSE;
  if (size->rank == 1 && size->dims[0] >= 0 && size->dims[0] != 4)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "image_size must have 4 elements, got %" G_GINT64_FORMAT, size->dims[0]);
  if (lk_rule_ints (call, 3, dims, 4, &n) && (dims[0] < 0 || dims[1] <= 0 || dims[2] <= 0 || dims[3] < 0))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "image dimensions must be positive");
  out[0].shape = LK_SHAPE (dims[0], dims[1], dims[2], dims[3]);
  return check_grads (call, boxes, &out[0].shape);
}

static gboolean
grad_boxes_infer (const LkCall *call, LkSignature *out)
{
  gint64 boxes;
  if (strcmp (call->attrs[0].s, "bilinear") != 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'method' of \"%s\" is not in the list of allowed values: "
                         "\"bilinear\"", call->attrs[0].s);
  if (!check_image (call, 1) || !check_boxes (call, 2, &boxes) || !check_grads (call, boxes, lk_rule_shape (call, 1)))
    return FALSE;
  out[0].shape = LK_SHAPE (boxes, 4);
  return TRUE;
}

/* ---- one box ---- */

/* Where element i of a box's side, from `low` to `high` of an image's side of n, lies; FALSE when that is outside. */
static gboolean
place (float low, float high, gint64 n, gint64 wanted, gint64 i, float *at)
{
  *at = wanted > 1 ? low * (n - 1) + i * ((high - low) * (n - 1) / (wanted - 1)) : 0.5f * (low + high) * (n - 1);
  return *at >= 0 && *at <= n - 1;
}

typedef struct
{
  gint64 tl, tr, bl, br;      /* pixels: top left, … */
  float down, right;          /* how far from the first to the last */
} Corners;

/* nearest: all four are that pixel. */
static Corners
corners_of (float y, float x, gint64 image, const LkShape *shape, gboolean nearest)
{
  const gint64 height = shape->dims[1], width = shape->dims[2], channels = shape->dims[3];
  const gint64 top = nearest ? roundf (y) : floorf (y), bottom = nearest ? top : (gint64) ceilf (y),
               left = nearest ? roundf (x) : floorf (x), right = nearest ? left : (gint64) ceilf (x);
  const gint64 above = (image * height + top) * width, below = (image * height + bottom) * width;
  return (Corners) { (above + left) * channels, (above + right) * channels, (below + left) * channels, (below + right) * channels,
                     nearest ? 0 : y - top, nearest ? 0 : x - left };
}

typedef struct
{
  const LkTensor *boxes, *numbers;
  const LkShape *image, *crops;
  gboolean nearest;
} Job;

/* What is done with an element of a crop: its place, in crops, and the corners it is between, NULL when it lies outside. */
typedef void (*Visit) (gpointer data, gint64 box, gint64 y, gint64 x, gint64 at, const Corners *corners);

static void
walk (const Job *job, Visit visit, gpointer data)
{
  const gint64 height = job->crops->dims[1], width = job->crops->dims[2], channels = job->crops->dims[3];
  gint64 at = 0;
  for (gint64 box = 0; channels > 0 && box < job->crops->dims[0]; box++)
    for (gint64 i = 0; i < height; i++)
      for (gint64 k = 0; k < width; k++, at += channels)
        {
          float y, x;
          const float *b = (const float *) job->boxes->data + 4 * box;
          const gboolean inside = place (b[0], b[2], job->image->dims[1], height, i, &y)
                                  & place (b[1], b[3], job->image->dims[2], width, k, &x);
          const Corners corners = inside ? corners_of (y, x, lk_int_at (job->numbers, box), job->image, job->nearest)
                                         : (Corners) { 0 };
          visit (data, box, i, k, at, inside ? &corners : NULL);
        }
}

static gboolean
check_numbers (LkCall *call, const LkTensor *numbers, gint64 images)
{
  for (gint64 i = 0; i < numbers->size; i++)
    if (lk_int_at (numbers, i) < 0 || lk_int_at (numbers, i) >= images)
      return lk_call_fail (call, LK_OUT_OF_RANGE, "box_index has values outside [0, batch_size): %" G_GINT64_FORMAT " of %"
                           G_GINT64_FORMAT " images", lk_int_at (numbers, i), images);
  return TRUE;
}

/* ---- kernels ---- */

static void
crop_visit (gpointer data, gint64 box, gint64 y, gint64 x, gint64 at, const Corners *c)
{
  LkCall *call = data;
  const LkTensor *image = call->inputs[0];
  const gint64 channels = image->shape.dims[3];
  float *crop = (float *) call->outputs[0]->data + at;
  for (gint64 k = 0; k < channels; k++)
    {
      if (c == NULL)
        {
          crop[k] = call->attrs[1].f;
          continue;
        }
      const float tl = lk_tensor_double_at (image, c->tl + k), tr = lk_tensor_double_at (image, c->tr + k),
                  bl = lk_tensor_double_at (image, c->bl + k), br = lk_tensor_double_at (image, c->br + k);
      const float top = tl + (tr - tl) * c->right, bottom = bl + (br - bl) * c->right;
      crop[k] = top + (bottom - top) * c->down;
    }
}

static void
crop_kernel (LkCall *call)
{
  const Job job = { call->inputs[1], call->inputs[2], &call->inputs[0]->shape, &call->outputs[0]->shape,
                    strcmp (call->attrs[0].s, "nearest") == 0 };
  if (check_numbers (call, call->inputs[2], job.image->dims[0]))
    walk (&job, crop_visit, call);
}

static void
add_to (LkTensor *tensor, gint64 i, double value)
{
  lk_tensor_set_double (tensor, i, lk_tensor_double_at (tensor, i) + value);
}

static void
grad_image_visit (gpointer data, gint64 box, gint64 y, gint64 x, gint64 at, const Corners *c)
{
  LkCall *call = data;
  LkTensor *image = call->outputs[0];
  const float *grads = (const float *) call->inputs[0]->data + at;
  for (gint64 k = 0; c != NULL && k < image->shape.dims[3]; k++)
    {
      const float top = (1 - c->down) * grads[k], bottom = c->down * grads[k];
      add_to (image, c->tl + k, (1 - c->right) * top);
      add_to (image, c->tr + k, c->right * top);
      add_to (image, c->bl + k, (1 - c->right) * bottom);
      add_to (image, c->br + k, c->right * bottom);
    }
}

/* float16 sums in float32. */
static void
grad_image_kernel (LkCall *call)
{
  const Job job = { call->inputs[1], call->inputs[2], &call->outputs[0]->shape, &call->inputs[0]->shape,
                    strcmp (call->attrs[1].s, "nearest") == 0 };
  memset (call->outputs[0]->data, 0, lk_tensor_bytes (call->outputs[0]));
  if (check_numbers (call, call->inputs[2], job.image->dims[0]))
    walk (&job, grad_image_visit, call);
}

/* By a side's low and high end, of a slope by the place. */
static void
add_side (float *low, float *high, float slope, gint64 n, gint64 wanted, gint64 i)
{
  const float ratio = wanted > 1 ? (n - 1) / (float) (wanted - 1) : 0;
  *low += wanted > 1 ? slope * (n - 1 - i * ratio) : slope * 0.5f * (n - 1);
  *high += wanted > 1 ? slope * (i * ratio) : slope * 0.5f * (n - 1);
}

static void
grad_boxes_visit (gpointer data, gint64 box, gint64 y, gint64 x, gint64 at, const Corners *c)
{
  LkCall *call = data;
  const LkTensor *image = call->inputs[1];
  const LkShape *shape = &image->shape, *crops = &call->inputs[0]->shape;
  const float *grads = (const float *) call->inputs[0]->data + at;
  float *boxes = (float *) call->outputs[0]->data + 4 * box;
  for (gint64 k = 0; c != NULL && k < shape->dims[3]; k++)
    {
      const float tl = lk_tensor_double_at (image, c->tl + k), tr = lk_tensor_double_at (image, c->tr + k),
                  bl = lk_tensor_double_at (image, c->bl + k), br = lk_tensor_double_at (image, c->br + k);
      const float by_y = ((1 - c->right) * (bl - tl) + c->right * (br - tr)) * grads[k],
                  by_x = ((1 - c->down) * (tr - tl) + c->down * (br - bl)) * grads[k];
      add_side (&boxes[0], &boxes[2], by_y, shape->dims[1], crops->dims[1], y);
      add_side (&boxes[1], &boxes[3], by_x, shape->dims[2], crops->dims[2], x);
    }
}

static void
grad_boxes_kernel (LkCall *call)
{
  const Job job = { call->inputs[2], call->inputs[3], &call->inputs[1]->shape, &call->inputs[0]->shape, FALSE };
  memset (call->outputs[0]->data, 0, lk_tensor_bytes (call->outputs[0]));
  if (check_numbers (call, call->inputs[3], job.image->dims[0]))
    walk (&job, grad_boxes_visit, call);
}

/* ---- gradient; by the boxes that of bilinear crops, as in TensorFlow ---- */

static void
crop_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *image = call->inputs[0], *boxes = call->inputs[1], *numbers = call->inputs[2];
  if (lk_call_wants_gradient (call, 0) && lk_dtype_is_floating (image->dtype))
    {
      g_autoptr (LkTensor) size = lk_shape_of_tensor (ctx, image);
      dx[0] = lk_crop_and_resize_grad_image (ctx, dy[0], boxes, numbers, size, image->dtype, call->attrs[0].s);
    }
  if (lk_call_wants_gradient (call, 1))
    dx[1] = lk_crop_and_resize_grad_boxes (ctx, dy[0], image, boxes, numbers, "bilinear");
}

/* ---- where elements come from ---- */

static void
all_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  for (guint i = 0; i < call->n_inputs; i++)
    lk_provenance_add (into, i, 0, call->inputs[i]->size, 1);
}

static void
crop_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkShape *image = lk_rule_shape (call, 0);
  const gint64 channels = image->dims[3], box = element / (call->outputs[0]->size / call->outputs[0]->shape.dims[0]),
               pixels = image->dims[1] * image->dims[2];
  lk_provenance_add (into, 0, lk_int_at (call->inputs[2], box) * pixels * channels + element % channels, pixels, channels);
  lk_provenance_add (into, 1, 4 * box, 4, 1);
  lk_provenance_add (into, 2, box, 1, 1);
}

#define BOXES "float32[3,4]={0.1,0.2,0.7,0.9,0.9,0.1,0.3,0.6,-0.2,0.3,0.55,1.3}; int32[3]={0,1,0}"
LK_BLOCK (crop_and_resize, .infer = crop_infer, .kernel = crop_kernel, .gradient = crop_gradient, .provenance = crop_provenance,
          .shape = "[boxes, crop_size[0], crop_size[1], channels].",
          SAMPLES ({ "float32[2,4,5,2]; " BOXES "; int32[2]={3,2}", "extrapolation_value=0.5" },
                   { "float32[2,4,5,1]; " BOXES "; int32[2]={1,1}" }, { "uint8[2,2,2,1]; " BOXES "; int32[2]={2,2}" },
                   /* flat: the gradient by boxes is the bilinear one whatever the method is */
                   { "float32[2,2,2,1]={7,7,7,7,3,3,3,3}; " BOXES "; int32[2]={2,2}", "method=\"nearest\"" },
                   { "float32[1,2,2,1]; float32[0,4]; int32[0]; int32[2]={2,2}" }));
LK_BLOCK (crop_and_resize_grad_image, .infer = grad_image_infer, .kernel = grad_image_kernel, .gradient = lk_gradient_missing,
          .provenance = all_provenance, .shape = "image_size.",
          SAMPLES ({ "float32[3,3,2,2]; " BOXES "; int32[4]={2,4,5,2}", "T=float32" },
                   { "float32[3,1,2,1]; " BOXES "; int32[4]={2,4,5,1}", "T=float64, method=\"nearest\"" }));
LK_BLOCK (crop_and_resize_grad_boxes, .infer = grad_boxes_infer, .kernel = grad_boxes_kernel, .gradient = lk_gradient_missing,
          .provenance = all_provenance, .shape = "[boxes, 4].",
          SAMPLES ({ "float32[3,3,2,2]; float32[2,4,5,2]; " BOXES }, { "float32[3,1,1,1]; uint8[2,4,5,1]; " BOXES }));
