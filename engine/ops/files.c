/* SPDX-License-Identifier: MIT */
/* Files: reading, writing, finding. */
#include <errno.h>
#include <glib/gstdio.h>
#include <glob.h>
#include <string.h>

#include "engine/ops/rule.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static char *
path_of (const LkTensor *tensor)
{
  const LkText text = lk_text_at (tensor, 0);
  g_autofree char *path = g_strndup (text.bytes, text.length);
  return g_strdup (g_str_has_prefix (path, "file://") ? path + strlen ("file://") : path);
}

static gboolean
fail_file (const LkCall *call, const char *path, int problem)
{
  const LkErrorCode code = problem == ENOENT ? LK_NOT_FOUND : problem == EACCES || problem == EPERM ? LK_PERMISSION_DENIED
                           : problem == EEXIST ? LK_ALREADY_EXISTS : LK_FAILED_PRECONDITION;
  return lk_call_fail (call, code, "%s; %s", path, g_strerror (problem));
}

/* ---- ReadFile ---- */

static gboolean
read_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = LK_SCALAR;
  return lk_rule_need_rank (call, 0, 0, "Input filename tensor must be scalar, got shape: %s");
}

static void
read_kernel (LkCall *call)
{
  g_autofree char *path = path_of (call->inputs[0]), *contents = NULL;
  gsize size;
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    fail_file (call, path, EISDIR);
  else if (!g_file_get_contents (path, &contents, &size, NULL))
    fail_file (call, path, errno);
  else
    lk_texts_output (call, 0, &LK_SCALAR, &(LkText) { contents, size });
}

LK_BLOCK (read_file, .infer = read_infer, .shape = "A scalar, from a scalar.",
          .kernel = read_kernel, SAMPLES ({ "string[]={/dev/null}" }));

/* ---- WriteFile ---- */

static gboolean
write_infer (const LkCall *call, LkSignature *out)
{
  return lk_rule_need_rank (call, 0, 0, "Input filename tensor must be scalar, got shape: %s")
         && lk_rule_need_rank (call, 1, 0, "Contents tensor must be scalar, got shape: %s");
}

static void
write_kernel (LkCall *call)
{
  const LkText contents = lk_text_at (call->inputs[1], 0);
  g_autofree char *path = path_of (call->inputs[0]), *folder = g_path_get_dirname (path);
  FILE *file = g_mkdir_with_parents (folder, 0777) == 0 ? fopen (path, "wb") : NULL;
  if (file == NULL || fwrite (contents.bytes, 1, contents.length, file) != contents.length)
    fail_file (call, path, errno);
  if (file != NULL && fclose (file) != 0)
    fail_file (call, path, errno);
}

LK_BLOCK (write_file, .infer = write_infer, .shape = "Nothing comes out; both inputs are scalars.",
          .kernel = write_kernel, SAMPLES ({ "string[]={/dev/null}; string[]={x}" }));

/* ---- MatchingFiles ---- */

static gboolean
matching_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *x = lk_rule_shape (call, 0);
  out[0].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  return x->rank <= 1 || x->rank == LK_RANK_UNKNOWN
         || lk_rule_need_rank (call, 0, 1, "Input patterns tensor must be scalar or vector, but had shape: %s");
}

static void
matching_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  glob_t found = { 0 };
  int flags = 0;
  for (gint64 i = 0; i < x->size; i++, flags = GLOB_APPEND)
    {
      const LkText text = lk_text_at (x, i);
      g_autofree char *pattern = g_strndup (text.bytes, text.length);
      glob (pattern, flags, NULL, &found);
    }
  g_auto (LkTexts) paths = lk_texts_new (found.gl_pathc);
  for (gsize i = 0; i < found.gl_pathc; i++)
    lk_texts_add (&paths, found.gl_pathv[i], strlen (found.gl_pathv[i]));
  lk_texts_put (&paths, call, 0, NULL);
  globfree (&found);
}

LK_BLOCK (matching_files, .infer = matching_infer, .shape = "A vector of as many paths as match.", .kernel = matching_kernel,
          SAMPLES ({ "string[]={/dev/nul?}" }, { "string[2]={/dev/null,/none}" }));
