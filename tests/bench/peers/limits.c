/* SPDX-License-Identifier: MIT */
/* What the machine can do on one thread: OpenBLAS's own products, and how fast memory goes by for the patterns of access that
   elementwise ops and reductions of 16 MiB have. A rate counts the bytes that are read and those that are written. */
#include <cblas.h>
#include <string.h>
#include "../sample.h"

#define BYTES (16L << 20)
#define N (BYTES / (long) sizeof (float))

static float *a, *b, *c;
static volatile float sink;

static void
multiply (void *data)
{
  const int n = *(const int *) data;
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
}

static void
copy_scaled (void *data)
{
  for (long i = 0; i < N; i++)
    c[i] = a[i] * 3;
}

static void
triad (void *data)
{
  for (long i = 0; i < N; i++)
    c[i] = a[i] + b[i] * 3;
}

static void
read_all (void *data)
{
  float sum = 0;
  for (long i = 0; i < N; i++)
    sum += a[i];
  sink = sum;
}

int
main (void)
{
  static const int sizes[] = { 256, 512, 1024, 2048 };
  a = aligned_alloc (64, BYTES);
  b = aligned_alloc (64, BYTES);
  c = aligned_alloc (64, BYTES);
  for (long i = 0; i < N; i++)
    a[i] = (float) (i % 7 - 3), b[i] = (float) (i % 5 - 2), c[i] = 0;
  openblas_set_num_threads (1);
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
    {
      const double n = sizes[i];
      char work[64];
      snprintf (work, sizeof work, "MatMul n = %d", sizes[i]);
      sample (work, "cblas_sgemm", "GFLOP/s", 1, 2 * n * n * n, multiply, (void *) &sizes[i]);
    }
  sample ("Relu of 16 MiB", "memory", "GB/s", 1, 2.0 * BYTES, copy_scaled, NULL);
  sample ("AddV2 of 16 MiB", "memory", "GB/s", 1, 3.0 * BYTES, triad, NULL);
  sample ("Sum of 16 MiB", "memory", "GB/s", 1, 1.0 * BYTES, read_all, NULL);
  return 0;
}
