/* SPDX-License-Identifier: MIT */
#include "engine/ops/window.h"

#include <string.h>

static const char *const formats[2][2] = { { "NHWC", "NCHW" }, { "NDHWC", "NCDHW" } };

const LkAttr *
lk_call_attr (const LkCall *call, const char *name)
{
  guint place = 0;
  for (guint i = 0; i < call->op->n_attrs; i++)
    {
      if (call->op->attrs[i].inferred)
        continue;
      if (strcmp (call->op->attrs[i].name, name) == 0)
        return &call->attrs[place];
      place++;
    }
  return NULL;
}

static const char *
format_of (const LkCall *call)
{
  const LkAttr *attr = lk_call_attr (call, "data_format");
  return attr != NULL && attr->s != NULL ? attr->s : "NHWC";
}

gboolean
lk_window_channels_first (const LkCall *call)
{
  return g_str_has_prefix (format_of (call), "NC");
}

guint
lk_window_channel_axis (guint n_axes, gboolean channels_first)
{
  return channels_first ? 1 : n_axes + 1;
}

static gboolean
fail_value (const LkCall *call, const char *attr, const char *value, const char *allowed)
{
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "Value for attr '%s' of \"%s\" is not in the list of allowed values: %s", attr, value,
                       allowed);
}

/* Ops without that attribute have the channels last. */
static gboolean
check_format (const LkCall *call, guint n_axes)
{
  const char *format = format_of (call), *const *known = formats[n_axes - 2];
  if (lk_call_attr (call, "data_format") == NULL || strcmp (format, known[0]) == 0 || strcmp (format, known[1]) == 0)
    return TRUE;
  g_autofree char *allowed = g_strdup_printf ("\"%s\", \"%s\"", known[0], known[1]);
  return fail_value (call, "data_format", format, allowed);
}

/* The list attribute of one number for each axis, batch and channels included, which have to be 1. */
static gboolean
read_list (const LkCall *call, const LkWindow *w, const char *name, const char *what, gint64 *values)
{
  const LkAttr *attr = lk_call_attr (call, name);
  const LkInts *ints = attr != NULL ? attr->ints : NULL;
  const guint rank = w->n_axes + 2, channel = lk_window_channel_axis (w->n_axes, w->channels_first);
  for (guint i = 0; i < w->n_axes; i++)
    values[i] = 1;
  if (ints == NULL || (ints->n == 0 && strcmp (name, "dilations") == 0))
    return TRUE;
  if (ints->n != rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Sliding window %s field must specify %u dimensions", name,
                         rank);
  if (ints->v[0] != 1 || ints->v[channel] != 1)
    return lk_call_fail (call, LK_UNIMPLEMENTED,
                         "Current implementation does not yet support %s in the batch and depth dimensions.",
                         name);
  for (guint i = 0; i < w->n_axes; i++)
    {
      values[i] = ints->v[i + 1 + w->channels_first];
      if (values[i] <= 0 || values[i] > G_MAXINT32)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s should be larger than 0.", what);
    }
  return TRUE;
}

typedef enum { SAME, VALID, EXPLICIT } Padding;

static gboolean
read_padding (const LkCall *call, Padding *padding)
{
  static const char *const names[] = { "SAME", "VALID", "EXPLICIT" };
  const char *name = lk_call_attr (call, "padding")->s;
  const gboolean explicit = lk_call_attr (call, "explicit_paddings") != NULL;
  for (*padding = SAME; *padding <= (explicit ? EXPLICIT : VALID); (*padding)++)
    if (strcmp (name, names[*padding]) == 0)
      return TRUE;
  return fail_value (call, "padding", name, explicit ? "\"SAME\", \"VALID\", \"EXPLICIT\""
                     : "\"SAME\", \"VALID\"");
}

static gboolean
check_explicit (const LkCall *call, const LkWindow *w, Padding padding)
{
  const LkAttr *attr = lk_call_attr (call, "explicit_paddings");
  const LkInts *ints = attr != NULL ? attr->ints : NULL;
  const guint n = ints != NULL ? ints->n : 0, wanted = 2 * (w->n_axes + 2),
              channel = lk_window_channel_axis (w->n_axes, w->channels_first);
  if (padding != EXPLICIT)
    return n == 0 || lk_call_fail (call, LK_INVALID_ARGUMENT, "explicit_paddings attribute must be empty if "
                                   "the padding attribute is not EXPLICIT");
  if (n != wanted)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "explicit_paddings attribute must contain %u values, but got: %u", wanted, n);
  for (guint i = 0; i < n; i++)
    if (ints->v[i] < 0 || ints->v[i] > G_MAXINT32)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "All elements of explicit_paddings must be nonnegative");
  if (ints->v[0] || ints->v[1] || ints->v[2 * channel] || ints->v[2 * channel + 1])
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Nonzero explicit padding in the batch or depth dimensions is not supported");
  return TRUE;
}

/* How many windows fit, and the padding before the first. The sums cannot overflow where sizes are those of
   tensors that exist. */
static gboolean
fit (const LkCall *call, LkWindowAxis *axis, Padding padding, const gint64 *explicit)
{
  axis->out = LK_DIM_UNKNOWN;
  axis->before = 0;
  if (axis->in == LK_DIM_UNKNOWN || (axis->size == LK_DIM_UNKNOWN && padding != SAME))
    return TRUE;
  const gint64 reach = axis->size == LK_DIM_UNKNOWN ? 1 : (axis->size - 1) * axis->dilation + 1;
  if (padding == SAME)
    {
      axis->out = (axis->in + axis->stride - 1) / axis->stride;
      axis->before = MAX (0, (axis->out - 1) * axis->stride + reach - axis->in) / 2;
      return TRUE;
    }
  const gint64 room = axis->in + (padding == EXPLICIT ? explicit[0] + explicit[1] : 0);
  axis->before = padding == EXPLICIT ? explicit[0] : 0;
  axis->out = (room - reach + axis->stride) / axis->stride;
  return axis->out >= 0
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Computed output size would be negative: "
                          "%" G_GINT64_FORMAT " [input_size: %" G_GINT64_FORMAT ", effective_filter_size: %"
                          G_GINT64_FORMAT ", stride: %" G_GINT64_FORMAT "]", axis->out, axis->in, reach,
                          axis->stride);
}

gboolean
lk_window_read (const LkCall *call, guint n_axes, const LkShape *input, const gint64 *sizes, LkWindow *w)
{
  gint64 strides[LK_WINDOW_AXES], dilations[LK_WINDOW_AXES];
  Padding padding;
  const gboolean known = input->rank != LK_RANK_UNKNOWN;
  const guint first = LK_WINDOW_AXES - n_axes;
  *w = (LkWindow) { .n_axes = n_axes, .channels_first = lk_window_channels_first (call) };
  if (!check_format (call, n_axes)
      || !read_list (call, w, "strides", "Sliding window strides", strides)
      || !read_list (call, w, lk_call_attr (call, "rates") != NULL ? "rates" : "dilations", "Dilated rates", dilations)
      || !read_padding (call, &padding) || !check_explicit (call, w, padding))
    return FALSE;
  const LkInts *explicit = padding == EXPLICIT ? lk_call_attr (call, "explicit_paddings")->ints : NULL;
  w->batch = known ? input->dims[0] : LK_DIM_UNKNOWN;
  w->channels = known ? input->dims[lk_window_channel_axis (n_axes, w->channels_first)] : LK_DIM_UNKNOWN;
  for (guint i = 0; i < first; i++)
    w->axes[i] = (LkWindowAxis) { 1, 1, 1, 1, 1, 0 };
  for (guint i = 0; i < n_axes; i++)
    {
      const guint place = i + 1 + w->channels_first;
      w->axes[first + i] = (LkWindowAxis) { .in = known ? input->dims[place] : LK_DIM_UNKNOWN,
                                            .size = sizes[i], .stride = strides[i],
                                            .dilation = dilations[i] };
      if (!fit (call, &w->axes[first + i], padding, explicit != NULL ? explicit->v + 2 * place : NULL))
        return FALSE;
    }
  return TRUE;
}

gboolean
lk_window_sizes (const LkCall *call, guint n_axes, gint64 *sizes)
{
  const LkInts *ksize = lk_call_attr (call, "ksize")->ints;
  const guint first = lk_window_channels_first (call), channel = lk_window_channel_axis (n_axes, first);
  if (ksize == NULL || ksize->n != n_axes + 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Sliding window ksize field must specify %u dimensions",
                         n_axes + 2);
  if (ksize->v[0] != 1)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "Pooling is not yet supported on the batch dimension.");
  if (ksize->v[channel] != 1)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "Pooling is not yet supported on the depth dimension.");
  for (guint i = 0; i < n_axes; i++)
    {
      sizes[i] = ksize->v[i + 1 + first];
      if (sizes[i] <= 0 || sizes[i] > G_MAXINT32)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Sliding window ksize must be positive. The specified or "
                             "inferred ksize is: %" G_GINT64_FORMAT, sizes[i]);
    }
  return TRUE;
}

LkShape
lk_window_output (const LkWindow *w, gint64 channels)
{
  LkShape shape = { .rank = w->n_axes + 2 };
  shape.dims[0] = w->batch;
  shape.dims[lk_window_channel_axis (w->n_axes, w->channels_first)] = channels;
  for (guint i = 0; i < w->n_axes; i++)
    shape.dims[i + 1 + w->channels_first] = w->axes[LK_WINDOW_AXES - w->n_axes + i].out;
  return shape;
}

gint64
lk_window_in_size (const LkWindow *w)
{
  return w->axes[0].in * w->axes[1].in * w->axes[2].in;
}

gint64
lk_window_out_size (const LkWindow *w)
{
  return w->axes[0].out * w->axes[1].out * w->axes[2].out;
}

gint64
lk_window_taps (const LkWindow *w)
{
  return w->axes[0].size * w->axes[1].size * w->axes[2].size;
}

gint64
lk_window_at (const LkWindow *w, gint64 position, gint64 tap)
{
  gint64 at = 0, step = 1;
  for (guint i = LK_WINDOW_AXES; i-- > 0;)
    {
      const LkWindowAxis *axis = &w->axes[i];
      const gint64 in = position % axis->out * axis->stride - axis->before + tap % axis->size * axis->dilation;
      if (in < 0 || in >= axis->in)
        return -1;
      at += in * step;
      step *= axis->in;
      position /= axis->out;
      tap /= axis->size;
    }
  return position * step + at;
}

void
lk_window_walk_init (LkWindowWalk *walk, const LkWindow *w, gint64 position)
{
  walk->window = w;
  for (guint i = LK_WINDOW_AXES; i-- > 0;)
    {
      walk->out[i] = position % w->axes[i].out;
      position /= w->axes[i].out;
    }
  walk->image = position;
}

/* Steps without a division: there are many positions. */
static inline void
walk_on (LkWindowWalk *walk)
{
  for (guint i = LK_WINDOW_AXES; i-- > 0;)
    {
      if (++walk->out[i] < walk->window->axes[i].out)
        return;
      walk->out[i] = 0;
    }
  walk->image++;
}

guint
lk_window_walk_next (LkWindowWalk *walk, LkWindowRun *runs)
{
  const LkWindowAxis *z = &walk->window->axes[0], *y = z + 1, *x = z + 2;
  const gint64 x0 = walk->out[2] * x->stride - x->before, y0 = walk->out[1] * y->stride - y->before,
               z0 = walk->out[0] * z->stride - z->before;
  const gint64 step = x->dilation == 1 ? x->size : 1;
  guint n = 0;
  for (gint64 kz = 0, iz = z0; kz < z->size; kz++, iz += z->dilation)
    for (gint64 ky = 0, iy = y0; ky < y->size && iz >= 0 && iz < z->in; ky++, iy += y->dilation)
      for (gint64 kx = 0; kx < x->size && iy >= 0 && iy < y->in; kx += step)
        {
          const gint64 ix = x0 + kx * x->dilation, skip = MAX (0, -ix), end = MIN (step, x->in - ix);
          if (skip < end)
            runs[n++] = (LkWindowRun) { (kz * y->size + ky) * x->size + kx + skip,
                                        ((walk->image * z->in + iz) * y->in + iy) * x->in + ix + skip,
                                        end - skip };
        }
  walk_on (walk);
  return n;
}

gint64
lk_window_walk_inside (LkWindowWalk *walk)
{
  gint64 at = walk->image;
  for (guint i = 0; i < LK_WINDOW_AXES; i++)
    {
      const LkWindowAxis *axis = &walk->window->axes[i];
      const gint64 first = walk->out[i] * axis->stride - axis->before;
      if (first < 0 || first + axis->size > axis->in || axis->dilation != 1)
        return -1;
      at = at * axis->in + first;
    }
  walk_on (walk);
  return at;
}

/* In blocks that fit a few cache lines. */
#define TRANSPOSE(name, T) \
  static void name (gint64 rows, gint64 columns, const T *in, T *out) \
  { \
    for (gint64 first = 0; first < rows; first += 16) \
      for (gint64 c = 0; c < columns; c++) \
        for (gint64 r = first; r < MIN (first + 16, rows); r++) \
          out[c * rows + r] = in[r * columns + c]; \
  }
TRANSPOSE (transpose_32, guint32)
TRANSPOSE (transpose_64, guint64)

void
lk_window_transpose (gsize size, gint64 batch, gint64 rows, gint64 columns, const void *in, void *out)
{
  for (gint64 b = 0; b < batch; b++)
    {
      const gsize at = b * rows * columns * size;
      if (size == 4)
        transpose_32 (rows, columns, (const void *) ((const char *) in + at), (void *) ((char *) out + at));
      else
        transpose_64 (rows, columns, (const void *) ((const char *) in + at), (void *) ((char *) out + at));
    }
}

gint64
lk_window_to_last (gint64 element, gint64 n, gint64 channels, gboolean channels_first)
{
  const gint64 image = n * channels, inside = element % image;
  return channels_first ? element - inside + inside % n * channels + inside / n : element;
}

gint64
lk_window_from_last (gint64 element, gint64 n, gint64 channels, gboolean channels_first)
{
  const gint64 image = n * channels, inside = element % image;
  return channels_first ? element - inside + inside % channels * n + inside / channels : element;
}
