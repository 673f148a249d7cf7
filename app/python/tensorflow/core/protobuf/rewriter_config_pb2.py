# SPDX-License-Identifier: MIT
"""Messages of tensorflow/core/protobuf/rewriter_config.proto."""
from ...compat.v1.options import RewriterConfig  # noqa: F401
