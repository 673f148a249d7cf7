/* SPDX-License-Identifier: MIT */
#include "engine/rewrite/pass.h"

#include <string.h>

#include "engine/rewrite/rewriting.h"

#define MOST_ROUNDS 8   /* none was ever seen to take more than four */

const LkPass lk_passes[] = {
#define PASS(name, exact, last, what) { #name, what, exact, last, lk_pass_##name },
#include "engine/rewrite/passes.def"
#undef PASS
  { NULL }
};

#define N_PASSES (G_N_ELEMENTS (lk_passes) - 1)

static guint off;       /* bit by pass; atomic */
static guint least;     /* nodes of a graph that is rewritten; atomic */

static gint
pass_find (const char *name)
{
  for (guint i = 0; i < N_PASSES; i++)
    if (strcmp (lk_passes[i].name, name) == 0)
      return i;
  return -1;
}

static gpointer
read_environment (gpointer unused)
{
  g_auto (GStrv) words = g_strsplit_set (g_getenv ("LOCKSTEP_PASSES") != NULL ? g_getenv ("LOCKSTEP_PASSES") : "", ", ", -1);
  for (guint i = 0; words[i] != NULL; i++)
    {
      const char *name = words[i] + (words[i][0] == '-' || words[i][0] == '+');
      if (strcmp (name, "all") == 0)
        off = words[i][0] == '-' ? G_MAXUINT : 0;
      else if (pass_find (name) < 0 && *name != '\0')
        g_printerr ("LOCKSTEP_PASSES: there is no pass '%s'\n", name);
      else if (*name != '\0' && words[i][0] == '-')
        off |= 1u << pass_find (name);
      else if (*name != '\0')
        off &= ~(1u << pass_find (name));
    }
  return NULL;
}

static void
need_environment (void)
{
  static GOnce once = G_ONCE_INIT;
  g_once (&once, read_environment, NULL);
}

guint
lk_pass_count (void)
{
  return N_PASSES;
}

const char *
lk_pass_name (guint i)
{
  return lk_passes[i].name;
}

const char *
lk_pass_text (guint i)
{
  return lk_passes[i].what;
}

gboolean
lk_pass_is_exact (guint i)
{
  return lk_passes[i].exact;
}

gboolean
lk_pass_is_on (guint i)
{
  need_environment ();
  return !(g_atomic_int_get (&off) >> i & 1);
}

guint
lk_pass_bits (const char *name)
{
  const gint i = pass_find (name);
  return strcmp (name, "all") == 0 ? G_MAXUINT : i >= 0 ? 1u << i : 0;
}

gboolean
lk_pass_switch (const char *name, gboolean on)
{
  need_environment ();
  const guint bits = lk_pass_bits (name);
  if (on)
    g_atomic_int_and (&off, ~bits);
  else
    g_atomic_int_or (&off, bits);
  return bits != 0;
}

void
lk_pass_set_least (guint n)
{
  __atomic_store_n (&least, n, __ATOMIC_RELAXED);
}

static gboolean
is_large_enough (const LkRewriting *r)
{
  return lk_graph_n_nodes (r->traced) >= __atomic_load_n (&least, __ATOMIC_RELAXED);
}

static void
run_passes (LkRewriting *r, gboolean last)
{
  for (guint i = 0; i < N_PASSES; i++)
    if (lk_passes[i].last == last && lk_pass_is_on (i) && !(r->off >> i & 1))
      {
        r->pass = &lk_passes[i];
        lk_passes[i].run (r);
      }
}

void
lk_rewriting_run_first (LkRewriting *r)
{
  for (guint round = 0, before = G_MAXUINT; is_large_enough (r) && round < MOST_ROUNDS && before != r->log->len; round++)
    {
      before = r->log->len;
      run_passes (r, FALSE);
    }
}

void
lk_rewriting_run_last (LkRewriting *r)
{
  if (is_large_enough (r))
    run_passes (r, TRUE);
}

void
lk_rewriting_run (LkRewriting *r)
{
  lk_rewriting_run_first (r);
  lk_rewriting_run_last (r);
}
