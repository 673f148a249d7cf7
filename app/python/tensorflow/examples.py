# SPDX-License-Identifier: MIT
"""tf.train.Example and its parts, and tf.io.parse_example."""
from __future__ import annotations

import collections

import numpy as np

import _lockstep

from .framework import dtypes
from .framework.errors import DataLossError
from .framework.ops import convert_to_tensor
from .framework.tensor_shape import TensorShape

_ops = _lockstep.ops


# ---- the messages ----

class _Message:
    def __eq__(self, other) -> bool:
        return type(self) is type(other) and self._key() == other._key()

    def __repr__(self) -> str:
        return self._text(0)

    __hash__ = None

    def CopyFrom(self, other) -> None:  # noqa: N802
        self.__dict__.update(type(self)._copy(other).__dict__)

    @classmethod
    def _copy(cls, other):
        import copy
        return copy.deepcopy(other)


class _List(_Message):
    field, dtype = "", dtypes.int64

    def __init__(self, value=()):
        self.value = [self._one(v) for v in value]

    def _one(self, value):
        return value

    def _key(self):
        return self.value

    def _text(self, depth: int) -> str:
        return "".join(f"{'  ' * depth}value: {_shown(v)}\n" for v in self.value)


def _shown(value) -> str:
    if not isinstance(value, bytes):
        return f"{np.float32(value):.9g}" if isinstance(value, float) else str(value)
    text = "".join({10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 39: "\\'", 92: "\\\\"}.get(b)
                   or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in value)
    return f'"{text}"'


class BytesList(_List):
    field, dtype = "bytes_list", dtypes.string

    def _one(self, value):
        value = value.numpy() if hasattr(value, "numpy") else value
        if not isinstance(value, bytes):
            raise TypeError(f"{value!r} has type {type(value).__name__}, but expected one of: bytes")
        return value


class FloatList(_List):
    field, dtype = "float_list", dtypes.float32

    def _one(self, value):
        if isinstance(value, (str, bytes)):
            raise TypeError(f"{value!r} has type {type(value).__name__}, but expected one of: numbers.Real")
        return float(np.float32(value))


class Int64List(_List):
    field = "int64_list"

    def _one(self, value):
        if isinstance(value, (str, bytes, float, np.floating)):
            raise TypeError(f"{value!r} has type {type(value).__name__}, but expected one of: int")
        return int(value)


class Feature(_Message):
    """One of the three lists."""

    def __init__(self, bytes_list=None, float_list=None, int64_list=None):
        given = [x for x in (bytes_list, float_list, int64_list) if x is not None]
        self._list = given[-1] if given else None

    def _of(self, kind):
        if not isinstance(self._list, kind):
            return kind()
        return self._list

    bytes_list = property(lambda self: self._of(BytesList))
    float_list = property(lambda self: self._of(FloatList))
    int64_list = property(lambda self: self._of(Int64List))

    def WhichOneof(self, name: str):  # noqa: N802
        return None if self._list is None else self._list.field

    def HasField(self, name: str) -> bool:  # noqa: N802
        return self._list is not None and self._list.field == name

    def _key(self):
        return None if self._list is None else (self._list.field, self._list.value)

    def _text(self, depth: int) -> str:
        if self._list is None:
            return ""
        pad = "  " * depth
        return f"{pad}{self._list.field} {{\n{self._list._text(depth + 1)}{pad}}}\n"

    def SerializeToString(self, deterministic=None) -> bytes:  # noqa: N802
        return _lockstep.feature_pack(self._values())

    def _values(self):
        return None if self._list is None else convert_to_tensor(
            self._list.value if self._list.value else np.zeros(0, self._list.dtype.as_numpy_dtype), self._list.dtype)


class Features(_Message):
    """Features by name."""

    def __init__(self, feature=None):
        self.feature = dict(feature or {})

    def _key(self):
        return {k: f._key() for k, f in self.feature.items()}

    def _text(self, depth: int) -> str:
        pad = "  " * depth
        return "".join(f'{pad}feature {{\n{pad}  key: {_shown(k.encode())}\n{pad}  value {{\n'
                       f'{self.feature[k]._text(depth + 2)}{pad}  }}\n{pad}}}\n' for k in sorted(self.feature))


class Example(_Message):
    """What a record of a TFRecord file usually holds."""

    def __init__(self, features=None):
        self.features = features if features is not None else Features()

    def SerializeToString(self, deterministic=None) -> bytes:  # noqa: N802
        return _lockstep.example_pack([(k, f._values()) for k, f in self.features.feature.items()])

    def ParseFromString(self, serialized) -> int:  # noqa: N802
        self.features = Features()
        try:
            pairs = _lockstep.example_unpack(bytes(serialized))
        except DataLossError as error:
            raise ValueError(error.message) from None
        for key, values in pairs:
            kind = None if values is None else {7: BytesList, 1: FloatList, 9: Int64List}[values.dtype.as_datatype_enum]
            feature = Feature()
            feature._list = None if kind is None else kind(values.numpy().tolist())
            self.features.feature[key] = feature
        return len(serialized)

    @classmethod
    def FromString(cls, serialized) -> Example:  # noqa: N802
        made = cls()
        made.ParseFromString(serialized)
        return made

    MergeFromString = ParseFromString

    def ByteSize(self) -> int:  # noqa: N802
        return len(self.SerializeToString())

    def _key(self):
        return self.features._key()

    def _text(self, depth: int) -> str:
        return f"features {{\n{self.features._text(1)}}}\n" if self.features.feature else ""


# ---- parsing ----

VarLenFeature = collections.namedtuple("VarLenFeature", ["dtype"])
FixedLenFeature = collections.namedtuple("FixedLenFeature", ["shape", "dtype", "default_value"], defaults=[None])
FixedLenSequenceFeature = collections.namedtuple("FixedLenSequenceFeature", ["shape", "dtype", "allow_missing", "default_value"],
                                                 defaults=[False, None])
SparseFeature = collections.namedtuple("SparseFeature", ["index_key", "value_key", "dtype", "size", "already_sorted"],
                                       defaults=[False])


class RaggedFeature:
    """Values in rows, one for each example."""

    def __init__(self, dtype, value_key=None, partitions=(), row_splits_dtype=dtypes.int32, validate=False):
        if partitions:
            raise NotImplementedError("RaggedFeature with partitions")
        self.dtype, self.value_key = dtypes.as_dtype(dtype), value_key
        self.row_splits_dtype = dtypes.as_dtype(row_splits_dtype)


def _default(feature):
    """The values that stand for missing ones; none when they must not be missing."""
    dtype = dtypes.as_dtype(feature.dtype)
    nothing = convert_to_tensor(np.zeros(0, object if dtype == dtypes.string else dtype.as_numpy_dtype), dtype)
    if isinstance(feature, FixedLenSequenceFeature):
        if not feature.allow_missing:
            raise ValueError("Unsupported: FixedLenSequenceFeature requires allow_missing to be True.")
        return nothing if feature.default_value is None else convert_to_tensor(feature.default_value, dtype)
    if feature.default_value is None:
        return nothing
    shape = TensorShape(feature.shape).as_list()
    value = convert_to_tensor(feature.default_value, dtype)
    return _ops["BroadcastTo"](value, shape) if value.shape.as_list() != shape else value


def _encoded_shape(feature) -> list:
    shape = TensorShape(feature.shape).as_list()
    shape = [-1 if n is None else n for n in shape]
    shape = [-1, *shape] if isinstance(feature, FixedLenSequenceFeature) else shape
    return [len(shape), *shape]


def parse_example(serialized, features, example_names=None, name=None) -> dict:
    """A tensor for each feature of serialized examples."""
    if not features:
        raise ValueError("Argument `features` cannot be None or empty.")
    serialized = convert_to_tensor(serialized)
    kinds = {key: f for key, f in sorted(features.items())}
    sparse = [k for k, f in kinds.items() if isinstance(f, VarLenFeature)]
    pairs = [k for k, f in kinds.items() if isinstance(f, SparseFeature)]
    dense = [k for k, f in kinds.items() if isinstance(f, (FixedLenFeature, FixedLenSequenceFeature))]
    ragged = [k for k, f in kinds.items() if isinstance(f, RaggedFeature)]
    unknown = [k for k in kinds if k not in sparse + pairs + dense + ragged]
    if unknown:
        raise ValueError(f"Invalid feature {unknown[0]}:{kinds[unknown[0]]!r}.")
    sparse_keys, sparse_types = list(sparse), [dtypes.as_dtype(kinds[k].dtype) for k in sparse]
    for key in pairs:
        index_keys = kinds[key].index_key
        for k in [index_keys] if isinstance(index_keys, str) else index_keys:
            sparse_keys.append(k)
            sparse_types.append(dtypes.int64)
        sparse_keys.append(kinds[key].value_key)
        sparse_types.append(dtypes.as_dtype(kinds[key].dtype))
    n = len(sparse_keys)
    out = _ops["ParseExampleV2"](
        serialized, _texts(example_names or []), _texts(sparse_keys), _texts(dense), _texts([kinds[k].value_key or k for k in ragged]),
        [_default(kinds[k]) for k in dense], n, sparse_types, [kinds[k].dtype for k in ragged],
        [kinds[k].row_splits_dtype for k in ragged], [i for k in dense for i in _encoded_shape(kinds[k])],
        3 * n + len(dense) + 2 * len(ragged), name=name)
    return _gathered(out, kinds, sparse, pairs, dense, ragged, n, serialized.shape)


def _texts(names: list):
    return convert_to_tensor(names, dtypes.string) if names else convert_to_tensor(np.zeros(0, object), dtypes.string)


def _gathered(out, kinds, sparse, pairs, dense, ragged, n: int, batch) -> dict:
    found: dict = {}
    if sparse or pairs:
        from .sparse import SparseTensor
        all_sparse = [SparseTensor(out[i], out[n + i], out[2 * n + i]) for i in range(n)]
        found.update(zip(sparse, all_sparse))
        at = len(sparse)
        for key in pairs:
            count = 1 if isinstance(kinds[key].index_key, str) else len(kinds[key].index_key)
            found[key] = _sparse_feature(kinds[key], all_sparse[at:at + count], all_sparse[at + count])
            at += count + 1
    for i, key in enumerate(dense):
        found[key] = _with_shape(out[3 * n + i], kinds[key], batch)
    for i, key in enumerate(ragged):
        values, splits = out[3 * n + len(dense) + i], out[3 * n + len(dense) + len(ragged) + i]
        if batch.rank == 0:
            found[key] = values
        else:
            from .ragged import RaggedTensor
            found[key] = RaggedTensor(values, splits)
    return {key: found[key] for key in kinds}


def _with_shape(tensor, feature, batch):
    """The shape that a graph knows of it."""
    if isinstance(tensor, _lockstep.EagerTensor):
        return tensor
    from .ops.array_ops import ensure_shape
    shape = TensorShape(feature.shape).as_list()
    shape = [None, *shape] if isinstance(feature, FixedLenSequenceFeature) else shape
    if batch.rank is None:
        return tensor
    return ensure_shape(tensor, [*batch.as_list(), *shape])


def _sparse_feature(feature, indices: list, values):
    from .sparse import SparseTensor, reorder
    sizes = [feature.size] if isinstance(feature.size, int) else list(feature.size)
    columns = [_ops["ExpandDims"](_ops["Cast"](i.values, dtypes.int64), 1) for i in indices]
    batched = values.shape.rank == 2
    where = ([values.indices[:, :1]] if batched else []) + columns
    shape = [values.dense_shape[0], *sizes] if batched else sizes
    made = SparseTensor(_ops["ConcatV2"](where, 1) if len(where) > 1 else where[0], values.values,
                        _ops["Pack"]([convert_to_tensor(s, dtypes.int64) for s in shape]))
    return made if feature.already_sorted else reorder(made)


def parse_single_example(serialized, features, example_names=None, name=None) -> dict:
    """The same of one example."""
    serialized = convert_to_tensor(serialized)
    if serialized.shape.rank not in (0, None):
        raise ValueError(f"Input serialized must be a scalar, got shape {serialized.shape}")
    return parse_example(serialized, features, [example_names] if isinstance(example_names, (str, bytes)) else None, name)
