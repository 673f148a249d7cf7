# SPDX-License-Identifier: MIT
"""tf.version: the version of TensorFlow's API, and of its GraphDefs, that this is."""
from . import __version__ as VERSION  # noqa: F401
from .framework.graph_def import PRODUCER as GRAPH_DEF_VERSION  # noqa: F401

GIT_VERSION = COMPILER_VERSION = "lockstep"
GRAPH_DEF_VERSION_MIN_CONSUMER = GRAPH_DEF_VERSION_MIN_PRODUCER = 0
