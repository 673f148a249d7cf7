/* SPDX-License-Identifier: MIT */
/* libtorch: eager ops from C++ in its three modes, and training steps. */
#include <torch/torch.h>
#include "../sample.h"

namespace nn = torch::nn;

template <class F> static void
run (const char *work, const char *who, const char *unit, double scale, F body)
{
  sample (work, who, unit, scale, 0, [] (void *data) { (*static_cast<F *> (data)) (); }, &body);
}

static void
ops (const char *who, const torch::TensorOptions &options)
{
  const auto s = torch::randn ({}, options), m = torch::randn ({ 16, 16 }, options);
  run ("add [] from C", who, "ns", 1, [&] { torch::add (s, s); });
  run ("add 16² from C", who, "ns", 1, [&] { torch::add (m, m); });
  run ("relu 16² from C", who, "ns", 1, [&] { torch::relu (m); });
  run ("matmul 16² from C", who, "ns", 1, [&] { torch::mm (m, m); });
}

static void
train (const char *work, const char *unit, double scale, nn::Sequential model, const torch::Tensor &x)
{
  const auto y = torch::randint (0, 10, { x.size (0) }, torch::kLong);
  torch::optim::Adam optimizer (model->parameters (), torch::optim::AdamOptions (1e-3));
  run (work, "libtorch", unit, scale, [&] {
    optimizer.zero_grad ();
    nn::functional::cross_entropy (model->forward (x), y).backward ();
    optimizer.step ();
  });
}

static nn::Sequential
mlp (long a, long b, long c, long d)
{
  return nn::Sequential (nn::Linear (a, b), nn::ReLU (), nn::Linear (b, c), nn::ReLU (), nn::Linear (c, d));
}

static nn::Sequential
lenet ()
{
  return nn::Sequential (nn::Conv2d (1, 6, 5), nn::ReLU (), nn::MaxPool2d (2), nn::Conv2d (6, 16, 5), nn::ReLU (),
                         nn::MaxPool2d (2), nn::Flatten (), nn::Linear (256, 120), nn::ReLU (), nn::Linear (120, 84), nn::ReLU (),
                         nn::Linear (84, 10));
}

int
main ()
{
  torch::set_num_threads (1);
  torch::manual_seed (1);
  {
    c10::InferenceMode mode;
    ops ("libtorch inference", {});
  }
  {
    torch::NoGradGuard mode;
    ops ("libtorch no_grad", {});
  }
  ops ("libtorch grad", torch::TensorOptions ().requires_grad (true));
  train ("MLP 64-128-64-10, batch 32", "µs", 1e3, mlp (64, 128, 64, 10), torch::randn ({ 32, 64 }));
  train ("MLP 784-512-512-10, batch 64", "ms", 1e6, mlp (784, 512, 512, 10), torch::randn ({ 64, 784 }));
  train ("LeNet 28×28, batch 64", "ms", 1e6, lenet (), torch::randn ({ 64, 1, 28, 28 }));
  return 0;
}
