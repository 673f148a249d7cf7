/* SPDX-License-Identifier: MIT */
/* How every figure of the table is taken, in C and C++: many short samples of about a millisecond, which is shorter than
   a scheduler's slice, so that on a busy machine the best of them was undisturbed. Prints one line of JSON for each. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SAMPLES_MOST 400
#define SAMPLES_LEAST 7
#define SAMPLE_NS 1e6
#define SAMPLING_NS 250e6

typedef void (*SampleBody) (void *data);

static inline double
sample_now (void)
{
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

static inline int
sample_compare (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

/* Nanoseconds of `times` calls, each. */
static inline double
sample_once (SampleBody body, void *data, long times)
{
  double began = sample_now ();
  for (long i = 0; i < times; i++)
    body (data);
  return (sample_now () - began) / (double) times;
}

/* count: units of work in one call. amount 0: prints nanoseconds for one of them in `unit`, which scale nanoseconds are;
   otherwise a rate, amount for each nanosecond (so 1 is giga a second). */
static inline void
sample (const char *work, const char *who, const char *unit, double scale, double amount, SampleBody body, void *data)
{
  double samples[SAMPLES_MOST], end;
  int n = 0;
  body (data);
  long times = (long) (SAMPLE_NS / (sample_once (body, data, 1) + 1));
  times = times < 1 ? 1 : times;
  sample_once (body, data, times);
  end = sample_now () + SAMPLING_NS;
  while (n < SAMPLES_LEAST || (n < SAMPLES_MOST && sample_now () < end))
    samples[n++] = sample_once (body, data, times);
  qsort (samples, (size_t) n, sizeof *samples, sample_compare);
  double median = samples[n / 2], best = samples[0];
  printf ("{\"work\": \"%s\", \"who\": \"%s\", \"unit\": \"%s\", \"median\": %g, \"best\": %g}\n", work, who, unit,
          amount > 0 ? amount / median : median / scale, amount > 0 ? amount / best : best / scale);
  fflush (stdout);
}
