/* SPDX-License-Identifier: MIT */
/* Pictures of panels need no display, have the size that was asked for, and show something. */
#include "fixture.h"
#include <cairo.h>
#include <glib/gstdio.h>
#include "ui/shot.h"

typedef struct { char *trace, *folder; } Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->trace = fixture_trace (30);
  place->folder = g_path_get_dirname (place->trace);
}

static void
tear_down (Place *place, gconstpointer data)
{
  fixture_remove (place->trace);
  g_rmdir (place->folder);
  g_free (place->folder);
}

/* Not all of it is the background. */
static gboolean
has_ink (cairo_surface_t *surface)
{
  const guint8 *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  for (int y = 0; y < cairo_image_surface_get_height (surface); y++)
    for (int x = 0; x < cairo_image_surface_get_width (surface) * 4; x++)
      if (data[y * stride + x] != data[x % 4])
        return TRUE;
  return FALSE;
}

static void
test_panels (Place *place, gconstpointer data)
{
  static const char *const panels[] = { "graph", "traces", "chart", "tensor", "source" };
  g_autofree char *out = g_build_filename (place->folder, "shot.png", NULL);
  for (guint i = 0; i < 2 * G_N_ELEMENTS (panels); i++)
    {
      g_autoptr (GError) error = NULL;
      UiShot shot = { .panel = panels[i / 2], .out = out, .dark = i % 2, .width = 321, .height = 234,
                      .at = G_MAXUINT64 };
      ui_shot (place->trace, &shot, &error);
      g_assert_no_error (error);
      cairo_surface_t *surface = cairo_image_surface_create_from_png (out);
      g_assert_cmpint (cairo_image_surface_get_width (surface), ==, 321);
      g_assert_cmpint (cairo_image_surface_get_height (surface), ==, 234);
      g_assert_true (has_ink (surface));
      cairo_surface_destroy (surface);
      g_unlink (out);
    }
}

static void
test_formats (Place *place, gconstpointer data)
{
  static const struct { const char *name, *begins; } rows[] = { { "a.svg", "<?xml" }, { "a.pdf", "%PDF" } };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *out = g_build_filename (place->folder, rows[i].name, NULL), *text = NULL;
      UiShot shot = { .panel = "chart", .out = out, .at = G_MAXUINT64 };
      g_assert_true (ui_shot (place->trace, &shot, NULL));
      g_assert_true (g_file_get_contents (out, &text, NULL, NULL));
      g_assert_true (g_str_has_prefix (text, rows[i].begins));
      g_unlink (out);
    }
}

static void
test_errors (Place *place, gconstpointer data)
{
  static const struct { UiShot shot; const char *says; } rows[] = {
    { { .panel = "wat", .out = "a.png" }, "wat" },
    { { .panel = "graph", .out = "a.jpeg" }, ".png, .svg or .pdf" },
    { { .panel = "graph", .out = "a.png", .width = -1 }, "-1" },
    { { .panel = "graph", .out = "/no/such/folder/a.png" }, "/no/such/folder" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (ui_shot (place->trace, &rows[i].shot, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, rows[i].says));
    }
  g_autoptr (GError) error = NULL;
  g_assert_false (ui_shot ("/no/such.lockstep", &(UiShot) { .panel = "graph", .out = "a.png" }, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_unsetenv ("DISPLAY");
  g_unsetenv ("WAYLAND_DISPLAY");
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/ui/shot/panels", Place, NULL, set_up, test_panels, tear_down);
  g_test_add ("/ui/shot/formats", Place, NULL, set_up, test_formats, tear_down);
  g_test_add ("/ui/shot/errors", Place, NULL, set_up, test_errors, tear_down);
  return g_test_run ();
}
