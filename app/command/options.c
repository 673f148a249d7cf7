/* SPDX-License-Identifier: MIT */
/* Options and their help; what is said on stderr. */
#include "command.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
say (const char *format, va_list args, const char *more)
{
  g_autofree char *text = g_strdup_vprintf (format, args);
  /* What a compiler or SQLite says may have many lines; they are worth reading, but not the last line's end. */
  fprintf (stderr, "%s: %s%s\n", command_title (), g_strchomp (text), more);
}

int
command_fail (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  say (format, args, "");
  va_end (args);
  return COMMAND_FAILED;
}

int
command_fail_error (GError *error)
{
  command_fail ("%s", error ? error->message : "unknown failure");
  g_clear_error (&error);
  return COMMAND_FAILED;
}

int
command_misuse (const char *format, ...)
{
  g_autofree char *more = g_strdup_printf (" (see %s --help)", command_title ());
  va_list args;
  va_start (args, format);
  say (format, args, more);
  va_end (args);
  return COMMAND_MISUSED;
}

void
command_warn (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  say (format, args, "");
  va_end (args);
}

int
command_written (void)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return COMMAND_DONE;
  return command_fail ("standard output cannot be written: %s", g_strerror (errno));
}

/* ---- options ---- */

void
command_print_verb_help (GOptionContext *context)
{
  g_set_prgname (command_title ());
  g_option_context_set_description (context, command_current ()->details);
  g_autofree char *help = g_option_context_get_help (context, FALSE, NULL);
  fputs (help, stdout);
}

/* GOption begins its messages with a capital letter; ours come after a colon. */
static int
bad_option (GError *error)
{
  error->message[0] = g_ascii_tolower (error->message[0]);
  int status = command_misuse ("%s", error->message);
  g_error_free (error);
  return status;
}

gboolean
command_parse (int argc, char **argv, const GOptionEntry *entries, gboolean everywhere, int *status)
{
  gboolean help = FALSE;
  GError *error = NULL;
  const GOptionEntry own[] = { { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Say this", NULL }, { NULL } };
  g_autofree char *parameters = g_strdup_printf ("%s — %s", command_current ()->arguments, command_current ()->summary);
  g_autoptr (GOptionContext) context = g_option_context_new (parameters);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_strict_posix (context, !everywhere);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, own, NULL);
  *status = COMMAND_DONE;
  gboolean parsed = g_option_context_parse (context, &argc, &argv, &error);
  if (!parsed)
    *status = bad_option (error);
  else if (help)
    {
      command_print_verb_help (context);
      *status = command_written ();
    }
  return parsed && !help;
}

gboolean
command_one (char **arguments, const char *what)
{
  guint n = arguments ? g_strv_length (arguments) : 0;
  if (n == 0)
    command_misuse ("expected a %s", what);
  else if (n > 1)
    command_misuse ("“%s” is one argument too many: expected one %s", arguments[1], what);
  return n == 1;
}

int
command_list (int argc, char **argv, const char *json_text, int (*list) (char **arguments, gboolean json))
{
  gboolean json = FALSE;
  int status;
  g_auto (GStrv) arguments = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, json_text, NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments, NULL, NULL },
    { NULL }
  };
  return command_parse (argc, argv, entries, TRUE, &status) ? list (arguments, json) : status;
}
