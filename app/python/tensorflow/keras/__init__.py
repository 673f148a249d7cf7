# SPDX-License-Identifier: MIT
"""tf.keras"""
from . import (activations, backend, callbacks, constraints, initializers, layers, losses, metrics, models,
               optimizers,  # noqa: F401
               regularizers, saving, utils, datasets)
from .engine import Input  # noqa: F401
from .models import Model, Sequential  # noqa: F401

__version__ = "2.12.0"
