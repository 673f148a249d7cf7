# SPDX-License-Identifier: MIT
"""tf.distribute: replicas of a function, one after another on this processor. With one replica a program trains as it does
without; of several each has its own random numbers and results, but what they would have to share is refused."""
from __future__ import annotations

import contextlib
import enum
import functools
import operator

from . import nest
from .framework.ops import convert_to_tensor
from .ops import math_ops
from .ops.stateful_random_ops import align_replicas
from .ops.variables import Variable, VariableAggregation, VariableSynchronization  # noqa: F401


class ReduceOp(enum.Enum):
    SUM, MEAN = "SUM", "MEAN"


class DistributedValues:
    """A value for each replica."""

    def __init__(self, values):
        self._values = tuple(values)

    values = property(lambda self: self._values)

    def _told(self, form: str) -> str:
        parts = ",\n".join(f"  {i}: {form % (value,)}" for i, value in enumerate(self._values))
        return f"{type(self).__name__}:{{\n{parts}\n}}"

    def __str__(self) -> str:
        return self._told("%s")

    def __repr__(self) -> str:
        return self._told("%r")


class PerReplica(DistributedValues):
    """What a replica gave."""


class MirroredVariable(Variable):
    """Made for several replicas, none of which may change it by itself."""

    def _refuse(self, what: str) -> None:
        if not _stack or in_cross_replica_context():
            return
        raise NotImplementedError(f"Variable.{what} in one of several replicas is not supported: replicas run one after "
                                  "another here, so that they can not change a variable together. Use one replica.")


def _refusing(name: str):
    def method(self, *args, **kwargs):
        self._refuse(name)
        return getattr(Variable, name)(self, *args, **kwargs)
    return method


for _name in ("assign", "assign_add", "assign_sub", "scatter_add", "scatter_sub", "scatter_update", "scatter_nd_update"):
    setattr(MirroredVariable, _name, _refusing(_name))


class ReplicaContext:
    """Where a replica stands."""

    def __init__(self, strategy, number: int):
        self._strategy, self._number = strategy, number

    strategy = property(lambda self: self._strategy)
    replica_id_in_sync_group = property(lambda self: self._number)
    num_replicas_in_sync = property(lambda self: self._strategy.num_replicas_in_sync)
    devices = property(lambda self: (self._strategy._devices[self._number],))

    def _alone(self, what: str) -> None:
        if self.num_replicas_in_sync > 1:
            raise NotImplementedError(f"{what} among several replicas is not supported: they run one after another here")

    def merge_call(self, merge_fn, args=(), kwargs=None):
        self._alone("merge_call")
        with _entered(self._strategy, None):
            return merge_fn(self._strategy, *args, **(kwargs or {}))

    def all_reduce(self, reduce_op, value, options=None):
        self._alone("all_reduce")
        return nest.map_structure(convert_to_tensor, value)

    def all_gather(self, value, axis, options=None):
        self._alone("all_gather")
        return nest.map_structure(convert_to_tensor, value)


_stack: list = []       # (strategy, replica or None), innermost last


@contextlib.contextmanager
def _entered(strategy, replica):
    _stack.append((strategy, replica))
    before = Variable._made_as
    Variable._made_as = MirroredVariable if strategy.num_replicas_in_sync > 1 else None
    try:
        yield strategy
    finally:
        Variable._made_as = before
        _stack.pop()


class InputContext:
    """Which part of the input a pipeline is to make."""

    def __init__(self, num_input_pipelines=1, input_pipeline_id=0, num_replicas_in_sync=1):
        self.num_input_pipelines, self.input_pipeline_id = num_input_pipelines, input_pipeline_id
        self.num_replicas_in_sync = num_replicas_in_sync

    def get_per_replica_batch_size(self, global_batch_size: int) -> int:
        if global_batch_size % self.num_replicas_in_sync:
            raise ValueError(f"The `global_batch_size` {global_batch_size} is not divisible by `num_replicas_in_sync` "
                             f"{self.num_replicas_in_sync}")
        return global_batch_size // self.num_replicas_in_sync


class Strategy:
    """How a function is run in replicas."""

    def __init__(self, devices=("/device:CPU:0",)):
        self._devices = tuple(devices)

    num_replicas_in_sync = property(lambda self: len(self._devices))
    extended = property(lambda self: self)
    worker_devices = property(lambda self: self._devices)

    def scope(self):
        """Inside, this is the strategy."""
        return _entered(self, None)

    def run(self, fn, args=(), kwargs=None, options=None):
        """fn for each replica; several results come as one PerReplica."""
        results = []
        align_replicas()
        for i in range(self.num_replicas_in_sync):
            own = functools.partial(_part_of, number=i)
            with _entered(self, ReplicaContext(self, i)):
                results.append(fn(*map(own, args), **{k: own(v) for k, v in (kwargs or {}).items()}))
        return _regrouped(results)

    def reduce(self, reduce_op, value, axis):
        """The sum or the mean over replicas, and along the axis of each if one is given."""
        op = ReduceOp(reduce_op.upper() if isinstance(reduce_op, str) else reduce_op)
        values = [convert_to_tensor(v) for v in self.experimental_local_results(value)]
        if axis is not None:
            count = math_ops.add_n([math_ops.cast(v.shape[axis], v.dtype) for v in values])
            values = [math_ops.reduce_sum(v, axis) for v in values]
        total = functools.reduce(operator.add, values)
        if op is ReduceOp.SUM:
            return total
        return total / (count if axis is not None else math_ops.cast(len(values), total.dtype))

    def gather(self, value, axis):
        from .ops import array_ops
        return array_ops.concat(list(self.experimental_local_results(value)), axis)

    def experimental_local_results(self, value) -> tuple:
        return value.values if isinstance(value, DistributedValues) else (value,)

    def experimental_distribute_values_from_function(self, value_fn):
        return _regrouped([value_fn(InputContext(1, i, self.num_replicas_in_sync)) for i in range(self.num_replicas_in_sync)],
                          always=True)

    def experimental_distribute_dataset(self, dataset, options=None):
        """Its batches, which replicas divide among them."""
        return dataset if self.num_replicas_in_sync == 1 else _Divided(dataset, self.num_replicas_in_sync)

    def distribute_datasets_from_function(self, dataset_fn, options=None):
        return _Rounds(dataset_fn(InputContext(1, 0, self.num_replicas_in_sync)), self.num_replicas_in_sync)


class _Divided:
    """Each batch in parts, one for each replica."""

    def __init__(self, dataset, n: int):
        self._dataset, self._n = dataset, n

    def __iter__(self):
        for batch in self._dataset:
            parts = [nest.map_structure(lambda t, i=i: t[t.shape[0] * i // self._n:t.shape[0] * (i + 1) // self._n], batch)
                     for i in range(self._n)]
            yield _regrouped(parts)


class _Rounds:
    """Batches in turn, one for each replica."""

    def __init__(self, dataset, n: int):
        self._dataset, self._n = dataset, n

    def __iter__(self):
        batches = iter(self._dataset)
        for first in batches:
            round_ = [first, *(b for b, _ in zip(batches, range(self._n - 1)))]
            if len(round_) == self._n:
                yield _regrouped(round_)


def _part_of(structure, number: int):
    """What a replica is given."""
    return nest.map_structure(lambda v: v.values[number] if isinstance(v, DistributedValues) else v, structure)


def _regrouped(results: list, always=False):
    """Structures of all replicas as one of PerReplica's."""
    if len(results) == 1 and not always:
        return results[0]
    if nest.is_nested(results[0]):
        flat = zip(*map(nest.flatten, results))
        return nest.pack_sequence_as(results[0], [_regrouped(list(parts)) for parts in flat])
    return results[0] if all(r is results[0] for r in results) and not always else PerReplica(results)


class MirroredStrategy(Strategy):
    """A replica for each device; here all are this processor."""

    def __init__(self, devices=None, cross_device_ops=None):
        names = ["/device:CPU:0"] if devices is None else [d.name if hasattr(d, "name") else str(d) for d in devices]
        if not names:
            raise ValueError("Got an empty `devices` list. If you want no devices, use the default strategy.")
        if len(set(names)) < len(names):
            raise ValueError(f"Duplicates in `devices` argument: {names}")
        for name in names:
            if "CPU" not in name.upper():
                raise ValueError(f"There is no device {name}: MirroredStrategy runs on CPUs here")
        super().__init__(names)


class OneDeviceStrategy(Strategy):
    """One replica."""

    def __init__(self, device):
        super().__init__([device])


_default = Strategy()


def get_strategy() -> Strategy:
    """The strategy whose scope this is."""
    return _stack[-1][0] if _stack else _default


def has_strategy() -> bool:
    return bool(_stack)


def get_replica_context():
    """Of the replica that runs; None outside of run()."""
    return _stack[-1][1] if _stack else ReplicaContext(_default, 0)


def in_cross_replica_context() -> bool:
    return bool(_stack) and _stack[-1][1] is None


class experimental:  # noqa: N801
    """tf.distribute.experimental"""

    ValueContext = InputContext
