/* SPDX-License-Identifier: MIT */
#include "ui/shot.h"
#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gstdio.h>
#include "debugger/record.h"
#include "ui/drawings.h"
#include "ui/shot_window.h"
#include "ui/source_picture.h"

#define VALUES (256 * 1024 * 1024)      /* bytes of values that a recorded program keeps for its picture */

const char ui_shot_panels[] = "window, graph, traces, chart, tensor or source";

/* What is drawn: a run at a moment. */
typedef struct
{
  LkStore *store;
  const char *trace;
  const UiShot *shot;
  guint64 at;
  gboolean dark;
  int width, height;
} Scene;

static gboolean
draw_window (cairo_t *cr, const Scene *scene, GError **error)
{
  return ui_shot_window (cr, scene->trace, scene->at, scene->dark, scene->width, scene->height, error);
}

static gboolean
draw_traces (cairo_t *cr, const Scene *scene, GError **error)
{
  ui_draw_traces (cr, scene->width, scene->height, scene->dark, scene->store);
  return TRUE;
}

static gboolean
draw_graph (cairo_t *cr, const Scene *scene, GError **error)
{
  if (scene->shot->stage)
    return ui_draw_stage (cr, scene->width, scene->height, scene->dark, scene->store, scene->shot->function,
                          scene->shot->stage, error);
  g_autoptr (GBytes) record = lk_store_record (scene->store, scene->at);
  const LkOpEvent *op = record ? lk_record_payload (record, LK_EVENT_OP) : NULL;
  gboolean inside = op && op->graph;
  ui_draw_graph (cr, scene->width, scene->height, scene->dark, scene->store, inside ? op->graph : 0,
                 inside ? op->node : G_MAXUINT32, scene->at);
  return TRUE;
}

static gboolean
draw_chart (cairo_t *cr, const Scene *scene, GError **error)
{
  ui_draw_chart (cr, scene->width, scene->height, scene->dark, scene->store);
  return TRUE;
}

static gboolean
draw_tensor (cairo_t *cr, const Scene *scene, GError **error)
{
  ui_draw_tensor (cr, scene->width, scene->height, scene->dark, scene->store, 0, TRUE);
  return TRUE;
}

static gboolean
draw_source (cairo_t *cr, const Scene *scene, GError **error)
{
  ui_draw_source (cr, scene->width, scene->height, scene->dark, scene->store, scene->at);
  return TRUE;
}

static const struct
{
  const char *name;
  gboolean (*draw) (cairo_t *cr, const Scene *scene, GError **error);
  int width, height;            /* when none are asked for */
} panels[] = {
  { "window", draw_window, 1440, 900 },
  { "graph", draw_graph, 1200, 900 },
  { "traces", draw_traces, 900, 500 },
  { "chart", draw_chart, 900, 500 },
  { "tensor", draw_tensor, 800, 600 },
  { "source", draw_source, 900, 640 },
};

/* The last op that has a line. */
static guint64
last_op (LkStore *store)
{
  LkRow row;
  for (guint64 i = lk_store_n_events (store); i > 0; i--)
    if (lk_store_row (store, i - 1, &row) && row.kind == LK_EVENT_OP && row.stack)
      return i - 1;
  return 0;
}

/* ---- files ---- */

static cairo_surface_t *
surface_new (const char *path, int width, int height)
{
  if (g_str_has_suffix (path, ".svg"))
    return cairo_svg_surface_create (path, width, height);
  if (g_str_has_suffix (path, ".pdf"))
    return cairo_pdf_surface_create (path, width, height);
  return cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
}

static gboolean
surface_finish (cairo_surface_t *surface, cairo_t *cr, const char *path, GError **error)
{
  cairo_status_t status = cairo_status (cr);
  cairo_destroy (cr);
  if (!status && cairo_surface_get_type (surface) == CAIRO_SURFACE_TYPE_IMAGE)
    status = cairo_surface_write_to_png (surface, path);
  cairo_surface_finish (surface);
  if (!status)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s cannot be written: %s", path,
                 cairo_status_to_string (status));
  return !status;
}

static gboolean
check (const UiShot *shot, guint *panel, GError **error)
{
  for (*panel = 0; *panel < G_N_ELEMENTS (panels); ++*panel)
    if (g_strcmp0 (panels[*panel].name, shot->panel) == 0)
      break;
  if (*panel == G_N_ELEMENTS (panels))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "there is no panel “%s” to draw: expected %s",
                 shot->panel ? shot->panel : "", ui_shot_panels);
  else if (!g_str_has_suffix (shot->out, ".png") && !g_str_has_suffix (shot->out, ".svg")
           && !g_str_has_suffix (shot->out, ".pdf"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "%s: expected a name that ends in .png, .svg or .pdf",
                 shot->out);
  else if (shot->width < 0 || shot->height < 0 || shot->width > 16384 || shot->height > 16384)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "a picture of %d×%d cannot be made: expected 1 to 16384",
                 shot->width, shot->height);
  else
    return TRUE;
  return FALSE;
}

/* ---- the run ---- */

/* A program is run and recorded first, into a folder of its own. (transfer full) both */
static LkStore *
open_store (const char *path, const UiShot *shot, char **trace, char **folder, GError **error)
{
  if (g_str_has_suffix (path, ".lockstep"))
    {
      *trace = g_strdup (path);
      return lk_trace_open (path, error);
    }
  LkRecordOptions options = { .tf1 = shot->tf1, .quiet = TRUE, .values = VALUES };
  int status;
  g_autofree char *base = g_path_get_basename (path), *name = g_strconcat (base, ".lockstep", NULL);
  *folder = g_dir_make_tmp ("lockstep-XXXXXX", error);
  if (!*folder)
    return NULL;
  *trace = g_build_filename (*folder, name, NULL);
  return lk_record (path, shot->args, *trace, &options, &status, error);
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_unlink (path);
    }
  g_rmdir (folder);
}

static gboolean
draw (LkStore *store, const char *trace, guint panel, const UiShot *shot, GError **error)
{
  Scene scene = { store, trace, shot, shot->at == G_MAXUINT64 ? last_op (store) : shot->at, shot->dark,
                  shot->width ? shot->width : panels[panel].width, shot->height ? shot->height
                    : panels[panel].height };
  cairo_surface_t *surface = surface_new (shot->out, scene.width, scene.height);
  cairo_t *cr = cairo_create (surface);
  gboolean drawn = panels[panel].draw (cr, &scene, error);
  return surface_finish (surface, cr, shot->out, drawn ? error : NULL) && drawn;
}

gboolean
ui_shot (const char *path, const UiShot *shot, GError **error)
{
  g_autofree char *trace = NULL, *folder = NULL;
  guint panel;
  if (!check (shot, &panel, error))
    return FALSE;
  LkStore *store = open_store (path, shot, &trace, &folder, error);
  gboolean done = store && draw (store, trace, panel, shot, error);
  lk_store_unref (store);
  if (folder)
    remove_folder (folder);
  return done;
}
