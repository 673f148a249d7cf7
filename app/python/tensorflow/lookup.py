# SPDX-License-Identifier: MIT
"""tf.lookup: tables of keys and values. A table is two tensors, those of a changing one in variables: a key is found by where it
first stands among the table's keys and those that are asked for."""
from __future__ import annotations

import _lockstep

from .framework import dtypes, errors
from .framework.ops import convert_to_tensor, init_scope
from .module import Module
from .ops import array_ops, math_ops
from .ops.variables import Variable

_ops = _lockstep.ops


class KeyValueTensorInitializer:
    """Keys, and their values in the same order."""

    def __init__(self, keys, values, key_dtype=None, value_dtype=None, name=None):
        with init_scope():
            self._keys, self._values = convert_to_tensor(keys, key_dtype), convert_to_tensor(values, value_dtype)
        if self._keys.shape.num_elements() != self._values.shape.num_elements():
            raise errors.InvalidArgumentError(None, None, "Keys and values must have the same number of elements, got "
                                              f"{self._keys.shape} and {self._values.shape}")
    key_dtype = property(lambda self: self._keys.dtype)
    value_dtype = property(lambda self: self._values.dtype)

    def pairs(self) -> tuple:
        return array_ops.reshape(self._keys, [-1]), array_ops.reshape(self._values, [-1])


class TextFileIndex:
    WHOLE_LINE, LINE_NUMBER = -2, -1


class TextFileInitializer:
    """Keys and values from the lines of a file: whole ones, their numbers, or columns."""

    def __init__(self, filename, key_dtype, key_index, value_dtype, value_index, vocab_size=None, delimiter="\t", name=None,
                 value_index_offset=0):
        self._filename, self._keys, self._values = filename, (key_dtype, key_index), (value_dtype, value_index)
        self._size, self._delimiter, self._offset = vocab_size, delimiter, value_index_offset
    key_dtype = property(lambda self: dtypes.as_dtype(self._keys[0]))
    value_dtype = property(lambda self: dtypes.as_dtype(self._values[0]))

    def _column(self, lines: list, dtype, index: int, offset: int):
        if index == TextFileIndex.LINE_NUMBER:
            return convert_to_tensor([i + offset for i in range(len(lines))], dtype)
        texts = lines if index == TextFileIndex.WHOLE_LINE else [line.split(self._delimiter)[index] for line in lines]
        return convert_to_tensor(texts if dtypes.as_dtype(dtype) == dtypes.string else [int(t) if dtypes.as_dtype(
            dtype).is_integer else float(t) for t in texts], dtype)

    def pairs(self) -> tuple:
        name = self._filename
        name = name.numpy().decode() if hasattr(name, "numpy") else name
        with open(name, encoding="utf-8") as file:
            lines = file.read().splitlines()
        lines = lines if self._size is None else lines[:self._size]
        with init_scope():
            return self._column(lines, *self._keys, 0), self._column(lines, *self._values, self._offset)


class _Table(Module):
    """What tables of all kinds tell: (self._pairs () gives keys and values)."""

    def __init__(self, key_dtype, value_dtype, default_value, name):
        super().__init__(name=name)
        self._key_dtype, self._value_dtype = dtypes.as_dtype(key_dtype), dtypes.as_dtype(value_dtype)
        with init_scope():
            self._default = convert_to_tensor(default_value, self._value_dtype)
    key_dtype = property(lambda self: self._key_dtype)
    value_dtype = property(lambda self: self._value_dtype)
    default_value = property(lambda self: self._default)

    def size(self, name=None):
        """How many keys there are."""
        return array_ops.size(self._pairs()[0], out_type=dtypes.int64)

    def __getitem__(self, keys):
        return self.lookup(keys)

    def _ask(self, keys):
        keys = convert_to_tensor(keys, None if hasattr(keys, "dtype") else self._key_dtype)
        if keys.dtype != self._key_dtype:
            raise TypeError(f"Dtype of argument `keys` must be {self._key_dtype}, received: {keys.dtype}")
        return keys

    def lookup(self, keys, name=None):
        """The value of each key, or the default."""
        if hasattr(keys, "with_flat_values"):
            return keys.with_flat_values(self.lookup(keys.flat_values))
        if hasattr(keys, "with_values"):
            return keys.with_values(self.lookup(keys.values))
        keys, (known, values) = self._ask(keys), self._pairs()
        place, found = _places(known, array_ops.reshape(keys, [-1]))
        inner = array_ops.shape(values)[1:]
        default = array_ops.broadcast_to(self._default, inner)
        rows = array_ops.gather(array_ops.concat([values, array_ops.expand_dims(default, 0)], 0),
                                array_ops.where(found, place, array_ops.size(known)))
        return array_ops.reshape(rows, array_ops.concat([array_ops.shape(keys), inner], 0))


def _places(known, keys) -> tuple:
    """For each of the keys where it stands in known, and whether it does."""
    first = array_ops.unique(array_ops.concat([known, keys], 0)).idx[array_ops.size(known):]
    return first, first < array_ops.size(known)


class StaticHashTable(_Table):
    """A table that stays as it is."""

    def __init__(self, initializer, default_value, name=None, experimental_is_anonymous=False):
        super().__init__(initializer.key_dtype, initializer.value_dtype, default_value, name or "hash_table")
        with init_scope():
            keys, values = initializer.pairs()
            if not hasattr(keys, "numpy"):
                raise ValueError("The keys of a StaticHashTable must have a value")
            kept, place = array_ops.unique(keys)
            first = math_ops.unsorted_segment_min(array_ops.range(array_ops.size(keys)), place, array_ops.size(kept))
            again = array_ops.gather(array_ops.gather(values, first), place)
            if not math_ops.reduce_all(math_ops.equal(again, values)):
                raise errors.FailedPreconditionError(None, None, "HashTable has different value for same key")
            self._both = kept, array_ops.gather(values, first)

    def _pairs(self) -> tuple:
        return self._both

    def export(self, name=None) -> tuple:
        """Keys and values."""
        return self._both


class StaticVocabularyTable(Module):
    """Words to numbers; what is no word goes to one of num_oov_buckets that come after, by its hash."""

    def __init__(self, initializer, num_oov_buckets, lookup_key_dtype=None, name=None, experimental_is_anonymous=False):
        super().__init__(name=name)
        if num_oov_buckets <= 0:
            raise ValueError(f"`num_oov_buckets` must be > 0; use StaticHashTable. Received: {num_oov_buckets}")
        self._table = None if initializer is None else StaticHashTable(initializer, -1)
        if self._table is not None and self._table.value_dtype != dtypes.int64:
            raise TypeError(f"Invalid `value_dtype`, expected {dtypes.int64} but got {self._table.value_dtype}.")
        self._buckets = num_oov_buckets
        self._key_dtype = dtypes.as_dtype(lookup_key_dtype or (self._table.key_dtype if self._table else dtypes.string))
    key_dtype = property(lambda self: self._key_dtype)
    value_dtype = property(lambda self: dtypes.int64)

    def size(self, name=None):
        return (self._table.size() if self._table else math_ops.cast(0, dtypes.int64)) + self._buckets

    def lookup(self, keys, name=None):
        if hasattr(keys, "with_flat_values"):
            return keys.with_flat_values(self.lookup(keys.flat_values))
        if hasattr(keys, "with_values"):
            return keys.with_values(self.lookup(keys.values))
        keys = convert_to_tensor(keys, None if hasattr(keys, "dtype") else self._key_dtype)
        texts = keys if keys.dtype == dtypes.string else _ops["AsString"](keys)
        hashed = _ops["StringToHashBucketFast"](texts, self._buckets)
        if self._table is None:
            return hashed
        if keys.dtype != self._table.key_dtype:
            keys = math_ops.cast(keys, self._table.key_dtype)
        found = self._table.lookup(keys)
        return array_ops.where(math_ops.equal(found, -1), hashed + self._table.size(), found)

    def __getitem__(self, keys):
        return self.lookup(keys)


class MutableHashTable(_Table):
    """A table that changes. Its keys and values are variables, so a debugger shows what it held when."""

    def __init__(self, key_dtype, value_dtype, default_value, name="MutableHashTable", checkpoint=True,
                 experimental_is_anonymous=False):
        super().__init__(key_dtype, value_dtype, default_value, name)
        inner = self._default.shape.as_list()
        with init_scope():
            self._keys = Variable(array_ops.zeros([0], self._key_dtype), shape=[None], trainable=False, name=f"{name}_keys")
            self._values = Variable(array_ops.zeros([0, *inner], self._value_dtype), shape=[None, *inner], trainable=False,
                                    name=f"{name}_values")

    def _pairs(self) -> tuple:
        return self._keys.read_value(), self._values.read_value()

    def insert(self, keys, values, name=None) -> None:
        """Sets the keys' values; of a key that is repeated the last one stays."""
        known, old = self._pairs()
        keys = array_ops.reshape(self._ask(keys), [-1])
        values = convert_to_tensor(values, None if hasattr(values, "dtype") else self._value_dtype)
        rows = array_ops.reshape(values, array_ops.concat([array_ops.shape(keys), array_ops.shape(old)[1:]], 0))
        all_keys, place = array_ops.unique(array_ops.concat([known, keys], 0))
        more = array_ops.size(all_keys) - array_ops.size(known)
        room = array_ops.concat([old, array_ops.zeros(array_ops.concat([[more], array_ops.shape(old)[1:]], 0), old.dtype)], 0)
        places = array_ops.expand_dims(place[array_ops.size(known):], 1)
        self._keys.assign(all_keys)
        self._values.assign(array_ops.tensor_scatter_nd_update(room, places, rows))

    def remove(self, keys, name=None) -> None:
        """Forgets the keys; those that are not there do not matter."""
        known, values = self._pairs()
        stays = math_ops.logical_not(_places(array_ops.reshape(self._ask(keys), [-1]), known)[1])
        self._keys.assign(array_ops.boolean_mask(known, stays))
        self._values.assign(array_ops.boolean_mask(values, stays))

    erase = remove

    def export(self, name=None) -> tuple:
        """Keys and values."""
        return self._pairs()


class experimental:  # noqa: N801
    """tf.lookup.experimental"""

    MutableHashTable = MutableHashTable

    class DenseHashTable(MutableHashTable):
        """A MutableHashTable with two keys that may not be used."""

        def __init__(self, key_dtype, value_dtype, default_value, empty_key, deleted_key, initial_num_buckets=None,
                     name="MutableDenseHashTable", checkpoint=True, experimental_is_anonymous=False):
            super().__init__(key_dtype, value_dtype, default_value, name)
