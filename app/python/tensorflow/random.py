# SPDX-License-Identifier: MIT
"""tf.random"""
from .ops.random_ops import (categorical, random_gamma as gamma, random_normal as normal,  # noqa: F401
                             random_poisson_v2 as poisson, random_uniform as uniform, set_seed, shuffle,
                             truncated_normal)
from .ops.stateless_random_ops import (Algorithm, fold_in, stateless_categorical,  # noqa: F401
                                       stateless_random_binomial as stateless_binomial,
                                       stateless_random_gamma as stateless_gamma,
                                       stateless_random_normal as stateless_normal,
                                       stateless_random_poisson as stateless_poisson,
                                       stateless_random_uniform as stateless_uniform,
                                       stateless_split as split, stateless_truncated_normal)
from .ops import stateless_random_ops as _stateless


# What few programs use is imported when it is asked for.
_OF_GENERATORS = {"Generator", "create_rng_state", "get_global_generator", "set_global_generator"}
_ELSEWHERE = {**dict.fromkeys(_OF_GENERATORS, "stateful_random_ops"), "all_candidate_sampler": "candidate_ops",
              "log_uniform_candidate_sampler": "candidate_ops", "uniform_candidate_sampler": "candidate_ops"}


def __getattr__(name: str):
    if name not in _ELSEWHERE:
        raise AttributeError(f"module 'tensorflow.random' has no attribute {name!r}")
    import importlib
    return getattr(importlib.import_module("tensorflow.ops." + _ELSEWHERE[name]), name)


class _Generators(type):
    def __getattr__(cls, name: str):
        if name not in _OF_GENERATORS:
            raise AttributeError(f"module 'tensorflow.random.experimental' has no attribute {name!r}")
        return __getattr__(name)


class experimental(metaclass=_Generators):  # noqa: N801
    """tf.random.experimental"""

    Algorithm = Algorithm
    index_shuffle = staticmethod(_stateless.index_shuffle)
    stateless_fold_in = staticmethod(fold_in)
    stateless_split = staticmethod(split)
    stateless_shuffle = staticmethod(_stateless.stateless_shuffle)
