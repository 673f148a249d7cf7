/* SPDX-License-Identifier: MIT */
/* lockstep shot FILE|PROGRAM --panel PANEL -o OUT [--dark] [--size WxH] [--at EVENT] [--stage S] [--function F] [--tf1] */
#include "command.h"
#include <stdio.h>
#include "ui/shot.h"

typedef struct
{
  char *panel, *out, *size, *stage, *function;
  char **arguments;
  gint64 at;
  gboolean dark, tf1;
} Options;

/* "800x600". FALSE when it is something else. */
static gboolean
parse_size (const char *text, UiShot *shot)
{
  int end = 0;
  return sscanf (text, "%5dx%5d%n", &shot->width, &shot->height, &end) == 2 && text[end] == '\0' && shot->width > 0
         && shot->height > 0;
}

static int
shoot (const Options *options)
{
  GError *error = NULL;
  UiShot shot = { .panel = options->panel, .out = options->out, .dark = options->dark, .tf1 = options->tf1,
                  .stage = options->stage, .function = options->function,
                  .at = options->at < 0 ? G_MAXUINT64 : (guint64) options->at };
  if (!options->arguments)
    return command_misuse ("expected a trace file or a program");
  if (!options->panel)
    return command_misuse ("--panel is missing: expected %s", ui_shot_panels);
  if (!options->out)
    return command_misuse ("-o is missing: expected a name that ends in .png, .svg or .pdf");
  if (options->size && !parse_size (options->size, &shot))
    return command_misuse ("--size “%s” is no size: expected WIDTHxHEIGHT, for example 1200x800", options->size);
  if (!command_find_program (options->arguments[0], "a program or a trace file"))
    return COMMAND_FAILED;
  shot.args = (const char *const *) options->arguments + 1;
  return ui_shot (options->arguments[0], &shot, &error) ? COMMAND_DONE : command_fail_error (error);
}

static void
options_clear (Options *options)
{
  g_free (options->panel);
  g_free (options->out);
  g_free (options->size);
  g_free (options->stage);
  g_free (options->function);
  g_strfreev (options->arguments);
}

int
command_shot (int argc, char **argv)
{
  Options options = { .at = -1 };
  int status;
  const GOptionEntry entries[] = {
    { "panel", 'p', 0, G_OPTION_ARG_STRING, &options.panel, "What to draw", "PANEL" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.out, "The picture", "OUT.png|.svg|.pdf" },
    { "dark", 0, 0, G_OPTION_ARG_NONE, &options.dark, "Light on dark", NULL },
    { "size", 0, 0, G_OPTION_ARG_STRING, &options.size, "Pixels; without, what suits the panel", "WxH" },
    { "at", 0, 0, G_OPTION_ARG_INT64, &options.at, "As it was before this event; without, before the last op", "EVENT" },
    { "stage", 0, 0, G_OPTION_ARG_STRING, &options.stage,
      "Of a graph: traced, final, or a pass or the number of a rewrite, with what it changed", "STAGE" },
    { "function", 0, 0, G_OPTION_ARG_STRING, &options.function, "With --stage: of whose graph, if not of the largest", "F" },
    { "tf1", 0, 0, G_OPTION_ARG_NONE, &options.tf1, "Run PROGRAM as a version 1 program", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.arguments, NULL, NULL },
    { NULL }
  };
  if (command_parse (argc, argv, entries, TRUE, &status))
    status = shoot (&options);
  options_clear (&options);
  return status;
}
