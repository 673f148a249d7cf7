# SPDX-License-Identifier: MIT
"""Messages of tensorflow/core/protobuf/config.proto."""
from ...compat.v1.options import ConfigProto, GPUOptions, GraphOptions, OptimizerOptions  # noqa: F401
