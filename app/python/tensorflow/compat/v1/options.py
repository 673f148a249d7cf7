# SPDX-License-Identifier: MIT
"""How sessions are configured: what there is to choose is which passes rewrite their graphs. The rest is accepted."""
from __future__ import annotations

from ...config import optimizer


class _Message:
    """Fields are attributes; those of messages are there from the start."""

    _messages: dict = {}

    def __init__(self, **fields):
        for name, kind in self._messages.items():
            setattr(self, name, kind())
        self.__dict__.update(fields)


class GPUOptions(_Message):
    allow_growth = False


class OptimizerOptions(_Message):
    L1, L0 = 0, -1
    DEFAULT, OFF, ON_1, ON_2 = 0, -1, 1, 2
    opt_level = L1
    global_jit_level = DEFAULT
    do_common_subexpression_elimination = True
    do_constant_folding = True
    do_function_inlining = True


class RewriterConfig(_Message):
    DEFAULT, ON, OFF, AGGRESSIVE = 0, 1, 2, 3
    disable_meta_optimizer = False


class GraphOptions(_Message):
    _messages = {"optimizer_options": OptimizerOptions, "rewrite_options": RewriterConfig}


class ConfigProto(_Message):
    _messages = {"gpu_options": GPUOptions, "graph_options": GraphOptions}


def passes_off(config) -> list:
    """The passes that a session so configured does without."""
    graph = getattr(config, "graph_options", None) or GraphOptions()
    rewriting = graph.rewrite_options
    if graph.optimizer_options.opt_level == OptimizerOptions.L0 or rewriting.disable_meta_optimizer:
        return ["all"]
    return [each for name, passes in optimizer._PASSES.items()
            if getattr(rewriting, name, RewriterConfig.DEFAULT) == RewriterConfig.OFF for each in passes]
