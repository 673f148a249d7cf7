# SPDX-License-Identifier: MIT
"""tf.random"""
from .ops.random_ops import (categorical, random_gamma as gamma, random_normal as normal,  # noqa: F401
                             random_poisson_v2 as poisson, random_uniform as uniform, set_seed, shuffle,
                             truncated_normal)
from .ops.stateful_random_ops import (Generator, create_rng_state, get_global_generator,  # noqa: F401
                                      set_global_generator)
from .ops.stateless_random_ops import (Algorithm, fold_in, stateless_categorical,  # noqa: F401
                                       stateless_random_binomial as stateless_binomial,
                                       stateless_random_gamma as stateless_gamma,
                                       stateless_random_normal as stateless_normal,
                                       stateless_random_poisson as stateless_poisson,
                                       stateless_random_uniform as stateless_uniform,
                                       stateless_split as split, stateless_truncated_normal)
from .ops import stateless_random_ops as _stateless


class experimental:  # noqa: N801
    """tf.random.experimental"""

    Algorithm, Generator = Algorithm, Generator
    create_rng_state = staticmethod(create_rng_state)
    get_global_generator = staticmethod(get_global_generator)
    set_global_generator = staticmethod(set_global_generator)
    index_shuffle = staticmethod(_stateless.index_shuffle)
    stateless_fold_in = staticmethod(fold_in)
    stateless_split = staticmethod(split)
    stateless_shuffle = staticmethod(_stateless.stateless_shuffle)


def __getattr__(name: str):
    if name not in ("all_candidate_sampler", "log_uniform_candidate_sampler", "uniform_candidate_sampler"):
        raise AttributeError(f"module 'tensorflow.random' has no attribute {name!r}")
    from .ops import candidate_ops
    return getattr(candidate_ops, name)
