# SPDX-License-Identifier: MIT
"""Generators of random tensors. The state is a variable: two halves of Philox's counter, and the key."""
from __future__ import annotations

import sys
import weakref

import _lockstep

from ..framework import dtypes
from ..framework.ops import convert_to_tensor, is_tensor
from ..framework.tensor_shape import TensorShape
from . import array_ops, math_ops
from .random_ops import between, scaled, shape_tensor
from .stateless_random_ops import Algorithm, algorithm_number
from .variables import Variable

_ops = _lockstep.ops
_WITHOUT_STATE = {"StatefulStandardNormalV2": "StatelessRandomNormalV2", "StatefulTruncatedNormal": "StatelessTruncatedNormalV2",
                  "StatefulUniform": "StatelessRandomUniformV2", "StatefulUniformFullInt": "StatelessRandomUniformFullIntV2"}
_BITS, _SPAN = 64, 2**64


def _signed(n):
    """Python's integers as 64 bits hold them."""
    if isinstance(n, (list, tuple)):
        return [_signed(part) for part in n]
    return n - _SPAN if isinstance(n, int) and n >= _SPAN // 2 else n


def _state_tensor(value):
    return math_ops.cast(_signed(value), dtypes.int64)


def _sizes(alg):
    """How many integers hold the counter, and the state."""
    if alg in (Algorithm.PHILOX.value, Algorithm.AUTO_SELECT.value):
        return 2, 3
    if alg == Algorithm.THREEFRY.value:
        return 1, 2
    raise ValueError(f"Argument `alg` got unsupported value {alg}. Supported values are 1 for the Philox algorithm and 2 for "
                     "the ThreeFry algorithm.")


def create_rng_state(seed, alg):
    """The state of a new generator, from an integer of any size or a vector."""
    size = _sizes(algorithm_number(alg))[1]
    if isinstance(seed, int):
        seed = [seed >> _BITS * i & _SPAN - 1 for i in range(size)]
    state = array_ops.reshape(_state_tensor(seed), [-1])[:size]
    return array_ops.concat([array_ops.zeros([size - state.shape[0]], dtypes.int64), state], 0)


def _key_counter_state(key, counter, alg):
    counter, key = _state_tensor(counter), _state_tensor(key)
    counter.shape.assert_is_compatible_with(TensorShape([_sizes(alg)[0]]))
    key.shape.assert_is_compatible_with(TensorShape([]))
    return array_ops.concat([counter, array_ops.reshape(key, [1])], 0)


_replicated: weakref.WeakSet = weakref.WeakSet()       # generators that have a state for each replica


def align_replicas() -> None:
    """Before replicas run: all begin in the state that the first is in, which is the one that is assigned and restored."""
    for generator in _replicated:
        for variable in generator._states[1:]:
            variable.assign(generator._states[0])


def _strategy():
    """The strategy whose scope this is, if any."""
    module = sys.modules.get("tensorflow.distribute")
    return module.get_strategy() if module is not None and module.has_strategy() else None


class Generator:
    """A stream of random tensors of its own."""

    def __init__(self, copy_from=None, state=None, alg=None):
        if copy_from is not None:
            if alg is not None or state is not None:
                raise ValueError("a generator is made either of another one, or of a state and an algorithm")
            state, alg = copy_from.state.read_value(), copy_from.algorithm
        elif state is None or alg is None:
            raise ValueError("a generator needs a state and an algorithm")
        self._alg = algorithm_number(alg)
        if not isinstance(state, Variable):
            state = _state_tensor(state)
        state.shape.assert_is_compatible_with(TensorShape([_sizes(self._alg)[1]]))
        self._strategy = _strategy()
        n = 1 if self._strategy is None else self._strategy.num_replicas_in_sync
        made, Variable._made_as = Variable._made_as, None
        self._states = [state if isinstance(state, Variable) else Variable(state, trainable=False, dtype=dtypes.int64,
                                                                           name="StateVar") for _ in range(n)]
        Variable._made_as = made
        if n > 1:
            _replicated.add(self)

    @classmethod
    def from_state(cls, state, alg) -> Generator:
        return cls(state=state, alg=alg)

    @classmethod
    def from_seed(cls, seed, alg=None) -> Generator:
        alg = algorithm_number(Algorithm.PHILOX if alg is None else alg)
        return cls(state=create_rng_state(seed, alg), alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg=None) -> Generator:
        alg = algorithm_number(Algorithm.PHILOX if alg is None else alg)
        return cls(state=_ops["NonDeterministicInts"]([_sizes(alg)[1]], dtypes.int64), alg=alg)

    @classmethod
    def from_key_counter(cls, key, counter, alg) -> Generator:
        alg = algorithm_number(alg)
        return cls(state=_key_counter_state(key, counter, alg), alg=alg)

    @property
    def _state_var(self) -> Variable:
        """That of the replica that runs."""
        replica = self._replica()
        if replica is None:
            return self._states[0]
        if len(self._states) > 1 and not _lockstep.executing_eagerly():
            raise NotImplementedError("a Generator of several replicas is not supported in a tf.function: all replicas would run "
                                      "the trace of the first")
        return self._states[replica if len(self._states) > 1 else 0]

    def _replica(self) -> int | None:
        """The number of the replica that runs, of a generator that a strategy's scope made."""
        if self._strategy is None:
            return None
        from .. import distribute
        context = distribute.get_replica_context()
        return None if context is None else context.replica_id_in_sync_group

    def _key_and_counter(self, shape):
        """Each replica has a key of its own: the hash of the state's and the replica's number."""
        before = self.skip(math_ops.reduce_prod(shape_tensor(shape)))
        size = _sizes(self._alg)[0]
        counter, key = (_ops["Bitcast"](part, dtypes.uint64) for part in (before[:size], before[size:size + 1]))
        number = math_ops.cast([self._replica(), 0], dtypes.uint64)
        return _ops["StatelessRandomUniformFullIntV2"]([1], key, number, self._alg, dtype=dtypes.uint64), counter

    def _trackable_children(self) -> dict:
        return {"_state_var": self._state_var}

    def reset(self, state) -> None:
        state = _state_tensor(state)
        state.shape.assert_is_compatible_with(TensorShape([_sizes(self._alg)[1]]))
        self._state_var.assign(state)

    def reset_from_seed(self, seed) -> None:
        self._state_var.assign(create_rng_state(seed, self._alg))

    def reset_from_key_counter(self, key, counter) -> None:
        self._state_var.assign(_key_counter_state(key, counter, self._alg))

    @property
    def state(self) -> Variable:
        """The counter's two halves, and the key."""
        return self._state_var

    @property
    def variables(self) -> tuple:
        """For checkpoints."""
        return (self._states[0],)

    @property
    def algorithm(self) -> int:
        return self._alg

    @property
    def key(self):
        return self._state_var[-1]

    def skip(self, delta):
        """Goes on as after drawing delta numbers; gives the state before."""
        delta = math_ops.cast(delta, dtypes.uint64) if is_tensor(delta) else delta
        return _ops["RngReadAndSkip"](self._state_var.handle, self._alg, delta)

    def _draw(self, op, shape, dtype, name=None):
        if self._replica() is not None:
            return _ops[_WITHOUT_STATE[op]](shape_tensor(shape), *self._key_and_counter(shape), self._alg,
                                            dtype=dtypes.as_dtype(dtype), name=name)
        return _ops[op](self._state_var.handle, self._alg, shape_tensor(shape), dtype=dtypes.as_dtype(dtype), name=name)

    def normal(self, shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, name=None):
        """Normally distributed."""
        return scaled(self._draw("StatefulStandardNormalV2", shape, dtype, name), stddev, mean)

    def truncated_normal(self, shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, name=None):
        """Normally distributed, drawn again beyond two standard deviations."""
        return scaled(self._draw("StatefulTruncatedNormal", shape, dtype, name), stddev, mean)

    def uniform(self, shape, minval=0, maxval=None, dtype=dtypes.float32, name=None):
        """Evenly distributed from minval to before maxval; with neither, all integers of the dtype."""
        dtype = dtypes.as_dtype(dtype)
        if not dtype.is_integer:
            return between(self._draw("StatefulUniform", shape, dtype, name), minval, 1 if maxval is None else maxval)
        if (minval is None) != (maxval is None):
            raise ValueError(f"For integer dtype {dtype}, minval and maxval must be both `None` or both non-`None`; got "
                             f"minval={minval} and maxval={maxval}")
        if minval is None:
            return self.uniform_full_int(shape, dtype, name)
        limits = [convert_to_tensor(v, dtype) for v in (minval, maxval)]
        if self._replica() is not None:
            return _ops["StatelessRandomUniformIntV2"](shape_tensor(shape), *self._key_and_counter(shape), self._alg, *limits,
                                                       name=name)
        return _ops["StatefulUniformInt"](self._state_var.handle, self._alg, shape_tensor(shape), *limits, name=name)

    def uniform_full_int(self, shape, dtype=dtypes.uint64, name=None):
        """Any integer of the dtype."""
        return self._draw("StatefulUniformFullInt", shape, dtype, name)

    def binomial(self, shape, counts, probs, dtype=dtypes.int32, name=None):
        """How many of counts trials succeed; shape ends with that of the parameters."""
        counts = convert_to_tensor(counts)
        probs = convert_to_tensor(probs, dtype_hint=counts.dtype)
        return _ops["StatefulRandomBinomial"](self._state_var.handle, self._alg, shape_tensor(shape), counts, probs,
                                              dtypes.as_dtype(dtype), name=name)

    def make_seeds(self, count=1):
        """Seeds for stateless ops, one a column."""
        keys = self.uniform_full_int([count], dtypes.int64)
        return array_ops.stack([keys, array_ops.zeros_like(keys)])

    def split(self, count=1) -> list[Generator]:
        """New generators, whose streams have nothing to do with each other."""
        keys = self.uniform_full_int([count], dtypes.int64)
        return [Generator.from_key_counter(key, [0, 0], self._alg) for key in array_ops.unstack(keys, num=count)]


_global_generator: Generator | None = None


def get_global_generator() -> Generator:
    """Made from noise when it is first asked for."""
    global _global_generator
    if _global_generator is None:
        _global_generator = Generator.from_non_deterministic_state()
    return _global_generator


def set_global_generator(generator) -> None:
    global _global_generator
    _global_generator = generator
