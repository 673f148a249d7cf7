/* SPDX-License-Identifier: MIT */
/* Windows that slide over the axes of images and volumes: what convolutions and pooling share. Kernels work
   with the channels last; tensors that have them first are turned around before and after. */
#pragma once
#include "engine/ops/rule.h"

#define LK_WINDOW_AXES 3

/* One axis; unknown sizes are -1 while tracing. */
typedef struct
{
  gint64 in, out;               /* elements of input and output */
  gint64 size, stride, dilation;
  gint64 before;                /* padding before the first element */
} LkWindowAxis;

/* Axes that the tensor does not have come first and are all of 1. */
typedef struct
{
  guint n_axes;                 /* that the tensor has: 2 or 3 */
  gboolean channels_first;
  gint64 batch, channels;       /* of the input */
  LkWindowAxis axes[LK_WINDOW_AXES];
} LkWindow;

/* The attribute of that name, which the op has as an argument. NULL if it has none. (transfer none) */
const LkAttr *lk_call_attr (const LkCall *call, const char *name);

/* Reads strides, padding, explicit_paddings, data_format and dilations of a call whose windows are as large
   as sizes says, on an input of that shape; in words of TensorFlow's if they are not good. */
gboolean lk_window_read (const LkCall *call, guint n_axes, const LkShape *input, const gint64 *sizes,
                         LkWindow *window);
/* The windows of pooling, from ksize, one number for each axis. */
gboolean lk_window_sizes (const LkCall *call, guint n_axes, gint64 *sizes);
/* The shape of what comes out, with that many channels. */
LkShape lk_window_output (const LkWindow *window, gint64 channels);
/* The window's place of the channel axis in the tensors. */
guint lk_window_channel_axis (guint n_axes, gboolean channels_first);
/* TRUE for data_format "NCHW" and the like. */
gboolean lk_window_channels_first (const LkCall *call);

/* Elements of an image of the input, and of the output, channels aside; of the window. */
gint64 lk_window_in_size (const LkWindow *window);
gint64 lk_window_out_size (const LkWindow *window);
gint64 lk_window_taps (const LkWindow *window);

/* Taps of a window that lie inside of the input and side by side along the last axis: the first one's number, its position in
   all images, and how many. */
typedef struct { gint64 tap, at, n; } LkWindowRun;
/* A window on its way over all positions. */
typedef struct
{
  const LkWindow *window;
  gint64 image, out[LK_WINDOW_AXES];
} LkWindowWalk;

void lk_window_walk_init (LkWindowWalk *walk, const LkWindow *window, gint64 position);
/* The runs of the window where it stands (room for all taps), and one step on. Returns how many. */
guint lk_window_walk_next (LkWindowWalk *walk, LkWindowRun *runs);

/* The same for a window that lies inside of the input and has no gaps: only the position of its first tap, and one step
   on. Returns -1, and stays, when it does not lie inside. */
gint64 lk_window_walk_inside (LkWindowWalk *walk);

/* Where the window at output position `position` (in all images) has its tap number `tap`: the position in
   all images of the input, or -1 in the padding. */
gint64 lk_window_at (const LkWindow *window, gint64 position, gint64 tap);

/* in is batch matrices of rows × columns, out the same transposed. size: bytes of an element. */
void lk_window_transpose (gsize size, gint64 batch, gint64 rows, gint64 columns, const void *in, void *out);
/* An element's place with the channels last, in a tensor of which an image has n positions; and back. */
gint64 lk_window_to_last (gint64 element, gint64 n, gint64 channels, gboolean channels_first);
gint64 lk_window_from_last (gint64 element, gint64 n, gint64 channels, gboolean channels_first);
