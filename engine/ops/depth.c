/* SPDX-License-Identifier: MIT */
/* Rearranging blocks of an image into its depth and back: SpaceToDepth, DepthToSpace. */
#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/move.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* Where height, width and channels are among the axes. */
static gboolean
depth_axes (const LkCall *call, guint *height, guint *channels)
{
  const char *format = call->attrs[1].s;
  *height = strcmp (format, "NCHW") == 0 ? 2 : 1;
  *channels = *height == 2 ? 1 : 3;
  if (strcmp (format, "NHWC") != 0 && strcmp (format, "NCHW") != 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "data_format %s is not supported: NHWC or NCHW is expected", format);
  if (call->attrs[0].i < 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Block size should be > 1, but was: %" G_GINT64_FORMAT,
                         call->attrs[0].i);
  return lk_rule_need_rank (call, 0, 4, "Input rank should be: 4, got shape %s");
}

static gint64
divided (gint64 dim, gint64 by)
{
  return dim < 0 ? dim : dim / by;
}

/* dim · by, unless one is not known; FALSE when it overflows. */
static gboolean
multiply (gint64 *dim, gint64 by)
{
  return *dim < 0 || !__builtin_mul_overflow (*dim, by, dim);
}

static gboolean
space_to_depth_infer (const LkCall *call, LkSignature *out)
{
  guint height, channels;
  const gint64 block = call->attrs[0].i;
  const LkShape *in = lk_rule_shape (call, 0);
  out[0].shape = *in;
  if (!depth_axes (call, &height, &channels))
    return FALSE;
  if (in->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if ((in->dims[height] >= 0 && in->dims[height] % block != 0)
      || (in->dims[height + 1] >= 0 && in->dims[height + 1] % block != 0))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Image height %" G_GINT64_FORMAT " and width %" G_GINT64_FORMAT
                         " should be divisible by block_size: %" G_GINT64_FORMAT, in->dims[height], in->dims[height + 1],
                         block);
  out[0].shape.dims[height] = divided (in->dims[height], block);
  out[0].shape.dims[height + 1] = divided (in->dims[height + 1], block);
  return (multiply (&out[0].shape.dims[channels], block) && multiply (&out[0].shape.dims[channels], block))
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "The depth overflows");
}

static gboolean
depth_to_space_infer (const LkCall *call, LkSignature *out)
{
  guint height, channels;
  const gint64 block = call->attrs[0].i;
  const LkShape *in = lk_rule_shape (call, 0);
  out[0].shape = *in;
  if (!depth_axes (call, &height, &channels))
    return FALSE;
  if (in->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (in->dims[channels] >= 0 && (block > G_MAXINT32 || in->dims[channels] % (block * block) != 0))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input depth dimension %" G_GINT64_FORMAT " should be divisible by: %"
                         G_GINT64_FORMAT, in->dims[channels], block > G_MAXINT32 ? block : block * block);
  out[0].shape.dims[channels] = divided (divided (in->dims[channels], block), block);
  return (multiply (&out[0].shape.dims[height], block) && multiply (&out[0].shape.dims[height + 1], block))
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "The image overflows");
}

/* One axis of both tensors at once: six of them make the walk. */
static void
depth_walk (const LkShape *space, const LkShape *deep, gint64 block, guint height, guint channels, gboolean into_deep,
            LkMoveAxis *axes)
{
  gint64 s[LK_MAX_RANK], d[LK_MAX_RANK];
  lk_shape_strides (space, s);
  lk_shape_strides (deep, d);
  const gint64 depth = space->dims[channels];
  const LkMoveAxis walk[] = {
    { space->dims[0], d[0], s[0] },
    { deep->dims[height], d[height], s[height] * block }, { block, d[channels] * depth * block, s[height] },
    { deep->dims[height + 1], d[height + 1], s[height + 1] * block }, { block, d[channels] * depth, s[height + 1] },
    { depth, d[channels], s[channels] },
  };
  for (guint i = 0; i < 6; i++)
    axes[i] = into_deep ? walk[i] : (LkMoveAxis) { walk[i].n, walk[i].from, walk[i].to };
}

static void
depth_kernel (LkCall *call, gboolean into_deep)
{
  guint height, channels;
  LkMoveAxis axes[6];
  LkSignature signature;
  LkElements out;
  const LkShape *in = lk_rule_shape (call, 0);
  if (!depth_axes (call, &height, &channels)
      || !(into_deep ? space_to_depth_infer : depth_to_space_infer) (call, &signature))
    return;
  g_auto (LkElements) from = lk_elements_of (call->inputs[0]);
  if (!lk_elements_of_output (call, 0, &signature.shape, &out))
    return;
  depth_walk (into_deep ? in : &signature.shape, into_deep ? &signature.shape : in, call->attrs[0].i, height, channels,
              into_deep, axes);
  lk_move (out.data, from.data, out.size, axes, 6);
  lk_elements_finish (call, 0, &signature.shape, &out);
}

static void space_to_depth_kernel (LkCall *call) { depth_kernel (call, TRUE); }
static void depth_to_space_kernel (LkCall *call) { depth_kernel (call, FALSE); }

static void
space_to_depth_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_depth_to_space (call->ctx, dy[0], call->attrs[0].i, call->attrs[1].s);
}

static void
depth_to_space_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_space_to_depth (call->ctx, dy[0], call->attrs[0].i, call->attrs[1].s);
}

static void
depth_provenance (const LkCall *call, gint64 element, gboolean into_deep, LkProvenance *into)
{
  guint height, channels;
  gint64 index[LK_MAX_RANK];
  const gint64 block = call->attrs[0].i;
  const LkShape *in = lk_rule_shape (call, 0), *out = &call->outputs[0]->shape;
  if (!depth_axes (call, &height, &channels))
    return;
  const gint64 depth = (into_deep ? in : out)->dims[channels];
  lk_shape_unravel (out, element, index);
  gint64 *y = &index[height], *x = &index[height + 1], *c = &index[channels];
  if (into_deep)
    {
      *y = *y * block + *c / depth / block;
      *x = *x * block + *c / depth % block;
      *c %= depth;
    }
  else
    {
      *c += (*y % block * block + *x % block) * depth;
      *y /= block;
      *x /= block;
    }
  lk_provenance_add (into, 0, lk_shape_ravel (in, index), 1, 1);
}

static void
space_to_depth_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  depth_provenance (call, element, TRUE, into);
}

static void
depth_to_space_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  depth_provenance (call, element, FALSE, into);
}

LK_BLOCK (space_to_depth, .infer = space_to_depth_infer,
          .shape = "[batch, height / block, width / block, channels · block²], in NCHW with the channels first.",
          .kernel = space_to_depth_kernel,
          .gradient = space_to_depth_gradient, .provenance = space_to_depth_provenance,
          SAMPLES ({ "float64[1,2,4,3]", "block_size=2" }, { "float64[2,1,3,3]", "block_size=3, data_format=\"NCHW\"" },
                   { "string[1,2,2,1]={a,b,c,d}", "block_size=2" }, { "int32[0,2,2,1]", "block_size=2" }));
LK_BLOCK (depth_to_space, .infer = depth_to_space_infer,
          .shape = "[batch, block · height, block · width, channels / block²], in NCHW with the channels first.",
          .kernel = depth_to_space_kernel,
          .gradient = depth_to_space_gradient, .provenance = depth_to_space_provenance,
          SAMPLES ({ "float64[1,1,2,12]", "block_size=2" }, { "float64[2,4,1,2]", "block_size=2, data_format=\"NCHW\"" },
                   { "string[1,1,1,4]={a,b,c,d}", "block_size=2" }, { "int32[0,2,2,4]", "block_size=2" }));
