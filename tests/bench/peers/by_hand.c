/* SPDX-License-Identifier: MIT */
/* The MLPs' training steps written out in C on OpenBLAS, and a chain of elementwise ops as one loop, without any engine:
   parameters, gradients and moments are one flat array each, so that Adam is one loop. It may reorder sums (-ffast-math): what an
   engine could reach at most. */
#include <cblas.h>
#include <math.h>
#include <string.h>
#include "../sample.h"

#define MOST_LAYERS 4

typedef struct
{
  int n_layers, batch, widths[MOST_LAYERS + 1];
  long n_parameters, steps;
  float *parameters, *gradients, *means, *squares;
  float *weights[MOST_LAYERS], *biases[MOST_LAYERS];      /* in parameters */
  float *values[MOST_LAYERS + 1];       /* [0] the input, then what each layer gives */
  float *slopes[MOST_LAYERS + 1];       /* d(loss)/d(values) */
  int *labels;
} Net;

static float *
floats (long n)
{
  float *array = aligned_alloc (64, ((size_t) n * sizeof *array + 63) / 64 * 64);
  memset (array, 0, (size_t) n * sizeof *array);
  return array;
}

static float
noise (void)
{
  float sum = 0;
  for (int i = 0; i < 6; i++)
    sum += (float) rand () / (float) RAND_MAX - 0.5f;
  return sum * 1.4f;
}

static long
layer_size (const Net *net, int i)
{
  return (long) net->widths[i] * net->widths[i + 1];
}

static void
net_fill (Net *net)
{
  float *next = net->parameters;
  for (int i = 0; i < net->n_layers; i++)
    {
      const float scale = sqrtf (2.0f / (float) net->widths[i]);
      net->weights[i] = next;
      net->biases[i] = next + layer_size (net, i);
      for (; next < net->biases[i]; next++)
        *next = noise () * scale;
      next += net->widths[i + 1];
    }
  for (long i = 0; i < (long) net->batch * net->widths[0]; i++)
    net->values[0][i] = noise ();
  for (int i = 0; i < net->batch; i++)
    net->labels[i] = rand () % net->widths[net->n_layers];
}

static Net
net_new (int n_layers, const int *widths, int batch)
{
  Net net = { .n_layers = n_layers, .batch = batch };
  for (int i = 0; i <= n_layers; i++)
    {
      net.widths[i] = widths[i];
      net.values[i] = floats ((long) batch * widths[i]);
      net.slopes[i] = floats ((long) batch * widths[i]);
    }
  for (int i = 0; i < n_layers; i++)
    net.n_parameters += layer_size (&net, i) + widths[i + 1];
  net.parameters = floats (net.n_parameters);
  net.gradients = floats (net.n_parameters);
  net.means = floats (net.n_parameters);
  net.squares = floats (net.n_parameters);
  net.labels = malloc ((size_t) batch * sizeof *net.labels);
  net_fill (&net);
  return net;
}

static void
forward (Net *net)
{
  for (int i = 0; i < net->n_layers; i++)
    {
      const int n = net->widths[i], m = net->widths[i + 1];
      float *out = net->values[i + 1];
      for (int row = 0; row < net->batch; row++)
        memcpy (out + row * m, net->biases[i], (size_t) m * sizeof *out);
      cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, net->batch, m, n, 1, net->values[i], n, net->weights[i], m, 1,
                   out, m);
      if (i < net->n_layers - 1)
        for (int k = 0; k < net->batch * m; k++)
          out[k] = out[k] > 0 ? out[k] : 0;
    }
}

/* The slope of the mean cross-entropy by the logits: (softmax − one-hot) / batch. */
static void
differentiate_loss (Net *net)
{
  const int m = net->widths[net->n_layers];
  for (int row = 0; row < net->batch; row++)
    {
      const float *z = net->values[net->n_layers] + row * m;
      float *g = net->slopes[net->n_layers] + row * m, top = z[0], sum = 0;
      for (int k = 1; k < m; k++)
        top = z[k] > top ? z[k] : top;
      for (int k = 0; k < m; k++)
        sum += g[k] = expf (z[k] - top);
      for (int k = 0; k < m; k++)
        g[k] /= sum * (float) net->batch;
      g[net->labels[row]] -= 1 / (float) net->batch;
    }
}

static void
backward (Net *net)
{
  for (int i = net->n_layers - 1; i >= 0; i--)
    {
      const int n = net->widths[i], m = net->widths[i + 1];
      const float *slopes = net->slopes[i + 1];
      float *of_weights = net->gradients + (net->weights[i] - net->parameters);
      float *of_biases = net->gradients + (net->biases[i] - net->parameters);
      cblas_sgemm (CblasRowMajor, CblasTrans, CblasNoTrans, n, m, net->batch, 1, net->values[i], n, slopes, m, 0, of_weights, m);
      memset (of_biases, 0, (size_t) m * sizeof *of_biases);
      for (int row = 0; row < net->batch; row++)
        for (int k = 0; k < m; k++)
          of_biases[k] += slopes[row * m + k];
      if (i == 0)
        continue;
      cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasTrans, net->batch, n, m, 1, slopes, m, net->weights[i], m, 0,
                   net->slopes[i], n);
      for (int k = 0; k < net->batch * n; k++)
        net->slopes[i][k] = net->values[i][k] > 0 ? net->slopes[i][k] : 0;
    }
}

static void
adam (Net *net)
{
  const float t = (float) ++net->steps;
  const float rate = 1e-3f / (1 - powf (0.9f, t)), correct = 1 / sqrtf (1 - powf (0.999f, t));
  float *restrict p = net->parameters, *restrict m = net->means, *restrict v = net->squares;
  const float *restrict g = net->gradients;
  for (long i = 0; i < net->n_parameters; i++)
    {
      m[i] = 0.9f * m[i] + 0.1f * g[i];
      v[i] = 0.999f * v[i] + 0.001f * g[i] * g[i];
      p[i] -= rate * m[i] / (sqrtf (v[i]) * correct + 1e-7f);
    }
}

static void
step (void *data)
{
  Net *net = data;
  forward (net);
  differentiate_loss (net);
  backward (net);
  adam (net);
}

/* ---- ten elementwise ops in one pass ---- */

typedef struct { long n; float *x, *b, *y; } Chain;

/* tanh by exp, which becomes a vector function. */
static void
chain (void *data)
{
  const Chain *c = data;
  const float *restrict xs = c->x, *restrict bs = c->b;
  float *restrict ys = c->y;
  for (long i = 0; i < c->n; i++)
    {
      const float x = xs[i], b = bs[i], t = 1 - 2 / (expf (2 * (x * b + x)) + 1), u = expf (t) - b;
      ys[i] = (u > 0 ? u : 0) * x / b + b - x;
    }
  __asm__ volatile ("" : : "r" (ys) : "memory");
}

static void
run_chains (void)
{
  static const struct { const char *work, *unit; long n; double scale; } chains[] = {
    { "chain of ten, 1,000,000 floats", "ms", 1000000, 1e6 }, { "chain of ten, 1,000 floats", "µs", 1000, 1e3 },
  };
  for (int i = 0; i < 2; i++)
    {
      Chain c = { chains[i].n, floats (chains[i].n), floats (chains[i].n), floats (chains[i].n) };
      for (long k = 0; k < c.n; k++)
        {
          c.x[k] = (float) rand () / (float) RAND_MAX - 0.5f;
          c.b[k] = (float) rand () / (float) RAND_MAX + 1;
        }
      sample (chains[i].work, "C by hand", chains[i].unit, chains[i].scale, 0, chain, &c);
    }
}

static void
run_steps (void)
{
  Net digits = net_new (3, (const int[]) { 64, 128, 64, 10 }, 32);
  Net large = net_new (3, (const int[]) { 784, 512, 512, 10 }, 64);
  sample ("MLP 64-128-64-10, batch 32", "C by hand", "µs", 1e3, 0, step, &digits);
  sample ("MLP 784-512-512-10, batch 64", "C by hand", "ms", 1e6, 0, step, &large);
}

int
main (int argc, char **argv)
{
  openblas_set_num_threads (1);
  if (argc < 2 || strcmp (argv[1], "chain") == 0)
    run_chains ();
  if (argc < 2 || strcmp (argv[1], "train") == 0)
    run_steps ();
  return 0;
}
