/* SPDX-License-Identifier: MIT */
#include "engine/core/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#define MOST 64         /* threads */
#define SPINS 2000      /* looks for the last task of others, a few µs, before sleeping */
#define MOST_ALONE 512  /* jobs in a row that are not shared since sharing did not pay */

typedef struct
{
  void (*body) (gpointer data, guint task);
  gpointer data;
  guint n;
  guint next;           /* atomic: the first task that nobody has */
} Job;

/* `lock` guards all but `next`, `inside` (which is only read without it) and `taken`. */
static struct
{
  GMutex lock;
  GCond come, done;
  Job *job;             /* NULL: there is none to join */
  guint wanted;         /* workers that may still join it */
  guint inside;         /* atomic: workers in it */
  guint n_workers;
  gint taken;           /* atomic: a kernel has the workers */
  /* Where others keep the processors busy, a worker that was put aside in a task keeps all waiting. After a job that mostly
     waited, the next `alone` (atomic) are not shared, twice as many each time. */
  guint alone, penalty;
} crew;

static guint n_threads;         /* atomic; 0: not asked yet */
static __thread gboolean is_working;

static void
work (Job *job)
{
  guint task;
  is_working = TRUE;
  while ((task = __atomic_fetch_add (&job->next, 1, __ATOMIC_RELAXED)) < job->n)
    job->body (job->data, task);
  is_working = FALSE;
}

static gpointer
worker (gpointer data)
{
  g_mutex_lock (&crew.lock);
  for (;;)
    {
      while (crew.job == NULL || crew.wanted == 0)
        g_cond_wait (&crew.come, &crew.lock);
      Job *job = crew.job;
      crew.wanted--;
      __atomic_add_fetch (&crew.inside, 1, __ATOMIC_RELAXED);
      g_mutex_unlock (&crew.lock);
      work (job);
      g_mutex_lock (&crew.lock);
      if (__atomic_sub_fetch (&crew.inside, 1, __ATOMIC_RELEASE) == 0)
        g_cond_signal (&crew.done);
    }
  return NULL;
}

/* Only the thread that forked is left in the child. */
static void
forget_workers (void)
{
  g_mutex_init (&crew.lock);
  g_cond_init (&crew.come);
  g_cond_init (&crew.done);
  crew.job = NULL;
  crew.wanted = crew.inside = crew.n_workers = 0;
  crew.taken = 0;
}

/* Signals are for the program's own threads. With the lock. */
static void
hire (guint n)
{
  static gboolean watches_forks;
  sigset_t all, old;
  if (!watches_forks)
    watches_forks = pthread_atfork (NULL, NULL, forget_workers) == 0;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  for (GThread *thread = NULL; crew.n_workers < n; crew.n_workers++)
    {
      thread = g_thread_try_new ("lockstep", worker, NULL, NULL);
      if (thread == NULL)
        break;
      g_thread_unref (thread);
    }
  pthread_sigmask (SIG_SETMASK, &old, NULL);
}

static void
open_job (Job *job)
{
  g_mutex_lock (&crew.lock);
  const guint more = MIN (lk_threads (), job->n) - 1;
  if (crew.n_workers < more)
    hire (more);
  crew.job = job;
  crew.wanted = MIN (more, crew.n_workers);
  for (guint i = 0; i < crew.wanted; i++)
    g_cond_signal (&crew.come);
  g_mutex_unlock (&crew.lock);
}

/* Whoever has not come by now need not. */
static void
close_job (void)
{
  g_mutex_lock (&crew.lock);
  crew.job = NULL;
  g_mutex_unlock (&crew.lock);
  for (guint i = 0; i < SPINS && __atomic_load_n (&crew.inside, __ATOMIC_ACQUIRE) > 0; i++)
    {
#if defined __x86_64__
      __builtin_ia32_pause ();
#endif
    }
  if (__atomic_load_n (&crew.inside, __ATOMIC_ACQUIRE) == 0)
    return;
  g_mutex_lock (&crew.lock);
  while (__atomic_load_n (&crew.inside, __ATOMIC_ACQUIRE) > 0)
    g_cond_wait (&crew.done, &crew.lock);
  g_mutex_unlock (&crew.lock);
}

static void
run_shared (Job *job)
{
  const gint64 began = g_get_monotonic_time ();
  open_job (job);
  work (job);
  const gint64 worked = g_get_monotonic_time ();
  close_job ();
  const gint64 ended = g_get_monotonic_time ();
  if (2 * (ended - worked) > ended - began)
    {
      crew.penalty = MIN (2 * crew.penalty + 1, MOST_ALONE);
      __atomic_store_n (&crew.alone, crew.penalty, __ATOMIC_RELAXED);
    }
  else
    crew.penalty /= 2;
}

guint
lk_parallel_ways (void)
{
  const guint n = is_working ? 1 : lk_threads ();
  guint alone = __atomic_load_n (&crew.alone, __ATOMIC_RELAXED);
  if (n == 1 || alone == 0)
    return n;
  /* Another thread may have counted at the same time: then this one need not. */
  __atomic_compare_exchange_n (&crew.alone, &alone, alone - 1, FALSE, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return 1;
}

void
lk_parallel (guint n, void (*body) (gpointer data, guint task), gpointer data)
{
  Job job = { body, data, n };
  gint free_crew = 0;
  if (n <= 1 || lk_parallel_ways () == 1
      || !__atomic_compare_exchange_n (&crew.taken, &free_crew, 1, FALSE, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    {
      for (guint i = 0; i < n; i++)
        body (data, i);
      return;
    }
  run_shared (&job);
  __atomic_store_n (&crew.taken, 0, __ATOMIC_RELEASE);
}

/* ---- how many ---- */

static guint
processors (void)
{
  cpu_set_t set;
  return sched_getaffinity (0, sizeof set, &set) == 0 ? CPU_COUNT (&set) : 1;
}

static guint
from_environment (void)
{
  const char *const names[] = { "LOCKSTEP_THREADS", "OMP_NUM_THREADS" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *text = g_getenv (names[i]);
      const gint64 n = text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
      if (n > 0)
        return MIN (n, MOST);
    }
  return CLAMP (processors (), 1, MOST);
}

guint
lk_threads (void)
{
  guint n = __atomic_load_n (&n_threads, __ATOMIC_RELAXED);
  if (G_UNLIKELY (n == 0))
    {
      n = from_environment ();
      __atomic_store_n (&n_threads, n, __ATOMIC_RELAXED);
    }
  return n;
}

void
lk_threads_set (guint n)
{
  __atomic_store_n (&n_threads, MIN (n, MOST), __ATOMIC_RELAXED);
}
