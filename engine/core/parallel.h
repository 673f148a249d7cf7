/* SPDX-License-Identifier: MIT */
/* Threads that share the work of one large kernel. They sleep while there is none: on a machine that others use as well, threads
   that wait by spinning take the time from those that work. What a task computes must not depend on who runs it, nor how a kernel
   is divided on how many threads there are: then results are the same bits for any number. */
#pragma once
#include <glib.h>

/* Calls body (data, 0 … n − 1), in any order, on this thread and others, and returns when all are done. Calls from within a
   body, or while another thread has the workers, run here alone. Worth it where a task is of 20 µs or more. */
void lk_parallel (guint n, void (*body) (gpointer data, guint task), gpointer data);

/* How many threads would share what is run now: 1 within a body, and now and then where others keep the processors so busy that
   sharing has not paid of late. For kernels that would rather not divide what is not shared. */
guint lk_parallel_ways (void);

/* How many threads, the caller's included, a kernel may use: LOCKSTEP_THREADS, or else OMP_NUM_THREADS, in the environment, or as
   many as there are processors for this process. 0 means that again. */
guint lk_threads (void);
void lk_threads_set (guint n);
