# SPDX-License-Identifier: MIT
"""The same training steps in PyTorch, with its optimizer in the form that is the quicker on a CPU."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import torch  # noqa: E402
from torch import nn  # noqa: E402
from sample import sample  # noqa: E402

torch.set_num_threads(1)
torch.manual_seed(1)


def mlp(*widths):
    layers = [layer for n, m in zip(widths, widths[1:]) for layer in (nn.Linear(n, m), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def lenet():
    return nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def step_of(model, shape):
    x, y = torch.randn(*shape), torch.randint(0, 10, shape[:1])
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, foreach=False)

    def step():
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    return step


wanted = sys.argv[1:] or ["digits", "784", "lenet"]
if "digits" in wanted:
    sample("MLP 64-128-64-10, batch 32", "PyTorch", "µs", step_of(mlp(64, 128, 64, 10), (32, 64)))
if "784" in wanted:
    sample("MLP 784-512-512-10, batch 64", "PyTorch", "ms", step_of(mlp(784, 512, 512, 10), (64, 784)))
if "lenet" in wanted:
    sample("LeNet 28×28, batch 64", "PyTorch", "ms", step_of(lenet(), (64, 1, 28, 28)))
