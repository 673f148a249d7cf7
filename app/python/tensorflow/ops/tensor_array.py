# SPDX-License-Identifier: MIT
"""tf.TensorArray: a Python list while ops run at once, a TensorList in a graph."""
from __future__ import annotations

import _lockstep
from _lockstep import Tensor

from ..framework import dtypes
from ..framework.errors import InvalidArgumentError, OutOfRangeError
from ..framework.ops import convert_to_tensor
from ..framework.tensor_shape import TensorShape
from . import array_ops


class TensorArray:
    """A list of tensors that is written and read by number."""

    def __new__(cls, *args, **kwargs):
        if cls is TensorArray and not _lockstep.executing_eagerly():
            return super().__new__(GraphTensorArray)
        return super().__new__(cls)

    def __init__(self, dtype, size=None, dynamic_size=None, clear_after_read=None, tensor_array_name=None,
                 handle=None, flow=None, infer_shape=True, element_shape=None, colocate_with_first_write_call=True,
                 name=None):
        self.dtype, self.element_shape = dtypes.as_dtype(dtype), TensorShape(element_shape)
        self.dynamic_size, self._infer_shape = bool(dynamic_size), infer_shape
        self._clears = clear_after_read is None or clear_after_read
        self._begin(0 if size is None else size)

    handle = flow = None

    def _begin(self, size) -> None:
        self._items: list = [None] * int(size)
        self._cleared: set = set()

    def _copy(self, items):
        copied = TensorArray(self.dtype, dynamic_size=self.dynamic_size, element_shape=self.element_shape,
                             clear_after_read=self._clears, infer_shape=self._infer_shape)
        copied._items = items
        return copied

    def write(self, index, value, name=None) -> TensorArray:
        index, items = int(index), self._items
        if index >= len(items):
            if not self.dynamic_size:
                raise OutOfRangeError(None, None, f"Tried to write to index {index} but array is not resizeable and "
                                                  f"size is: {len(items)}")
            items.extend([None] * (index + 1 - len(items)))
        if index < 0:
            raise OutOfRangeError(None, None, f"Writing to negative indices (index {index}) is not allowed.")
        value = convert_to_tensor(value, self.dtype if not isinstance(value, Tensor) else None)
        if value.dtype != self.dtype:
            raise InvalidArgumentError(None, None, f"TensorArray dtype is {self.dtype.name} but Op is trying to write dtype "
                                                   f"{value.dtype.name} ")
        if not self.element_shape.is_compatible_with(value.shape):
            raise ValueError(f"Incompatible shape for value ({value.shape}), expected ({self.element_shape})")
        if self._infer_shape:
            self.element_shape = self.element_shape.merge_with(value.shape)
        items[index] = value
        return self

    def _or_zero(self, index: int):
        """Element index; zeros when it was never written."""
        item = self._items[index]
        if item is None:
            known = self.element_shape.as_list() if self.element_shape.rank is not None else []
            item = array_ops.zeros([n or 0 for n in known], self.dtype)
        return item

    def read(self, index, name=None):
        index = int(index)
        if index < 0 or index >= len(self._items):
            raise OutOfRangeError(None, None, f"Tried to read from index {index} but array size is: "
                                              f"{len(self._items)}")
        if index in self._cleared and self._items[index] is None:
            raise InvalidArgumentError(None, None, f"Could not read index {index} twice because it was cleared after "
                                                   "a previous read (perhaps try setting clear_after_read = false?)")
        item = self._or_zero(index)
        if self._clears:
            self._items[index] = None
            self._cleared.add(index)
        return item

    def stack(self, name=None):
        if not self._items:
            return array_ops.zeros([0, *(self.element_shape.as_list() if self.element_shape.rank is not None else [])],
                                   self.dtype)
        return array_ops.stack([self._or_zero(i) for i in range(len(self._items))])

    def concat(self, name=None):
        return array_ops.concat([self._or_zero(i) for i in range(len(self._items))], 0)

    def gather(self, indices, name=None):
        return array_ops.stack([self._or_zero(int(i)) for i in convert_to_tensor(indices).numpy()])

    def unstack(self, value, name=None) -> TensorArray:
        rows = array_ops.unstack(convert_to_tensor(value, self.dtype))
        if len(rows) > len(self._items) and not self.dynamic_size and self._items:
            raise ValueError(f"Cannot unstack {len(rows)} tensors into a TensorArray of static size {len(self._items)} ")
        return self._copy(rows)

    def split(self, value, lengths, name=None) -> TensorArray:
        value, lengths = convert_to_tensor(value, self.dtype), convert_to_tensor(lengths).numpy().tolist()
        if not isinstance(lengths, list):
            raise ValueError("Expected lengths to be a vector")
        if sum(lengths) != value.shape[0]:
            raise InvalidArgumentError(None, None, f"Expected sum of lengths to be equal to values.shape[0], but sum of lengths "
                                                   f"is {sum(lengths)} and value's shape is: {value.shape} ")
        if len(lengths) != len(self._items) and not self.dynamic_size:
            raise InvalidArgumentError(None, None, f"TensorArray's size is not equal to the size of lengths ({len(self._items)} "
                                                   f"vs. {len(lengths)}), and the TensorArray is not marked as dynamically "
                                                   "resizeable")
        return self._copy(array_ops.split(value, lengths))

    def scatter(self, indices, value, name=None) -> TensorArray:
        result = self
        for i, row in zip(convert_to_tensor(indices).numpy(), array_ops.unstack(convert_to_tensor(value))):
            result = result.write(int(i), row)
        return result

    def size(self, name=None):
        return convert_to_tensor(len(self._items))

    def identity(self) -> TensorArray:
        return self

    def close(self, name=None):
        return None

    def __len__(self):
        return len(self._items)


class GraphTensorArray(TensorArray):
    """The same in a graph: each write gives another list."""

    def _begin(self, size) -> None:
        known = size if isinstance(size, int) else _lockstep.constant_value(convert_to_tensor(size))
        self._size = None if self.dynamic_size or known is None else int(known)
        self._list = _lockstep.ops["TensorListReserve"](size, self.dtype, self.element_shape)

    flow = property(lambda self: self._list)

    @property
    def element_shape(self) -> TensorShape:
        """Those made of one another know it together: what a loop writes is known after it."""
        return self._shape[0]

    @element_shape.setter
    def element_shape(self, shape: TensorShape) -> None:
        self._shape = [shape]

    def _with(self, new_list) -> GraphTensorArray:
        made = object.__new__(GraphTensorArray)
        made.__dict__.update(self.__dict__, _list=new_list)
        return made

    # What loops and branches take it apart into, and make it of again.
    def _to_components(self) -> list:
        return [self._list]

    def _from_components(self, tensors: list) -> GraphTensorArray:
        return self._with(tensors[0])

    def _learn(self, shape: TensorShape) -> None:
        """One of the elements has this shape."""
        if not self.element_shape.is_compatible_with(shape):
            raise ValueError(f"Inconsistent shapes: saw {shape} but expected {self.element_shape}; infer_shape=False lets elements of "
                             "several shapes in")
        if self._infer_shape:
            self._shape[0] = self.element_shape.merge_with(shape)

    def write(self, index, value, name=None) -> GraphTensorArray:
        value = value if isinstance(value, Tensor) else convert_to_tensor(value, self.dtype)
        written = _lockstep.ops["TensorListSetItem"](self._list, index, value, self.dynamic_size)
        self._learn(value.shape)
        return self._with(written)

    def read(self, index, name=None):
        return _lockstep.ops["TensorListGetItem"](self._list, index, self.dtype, self.element_shape)

    def stack(self, name=None):
        stacked = _lockstep.ops["TensorListStack"](self._list, self.dtype, self.element_shape)
        if self._size is not None and stacked.shape.rank is not None:
            stacked.set_shape([self._size, *stacked.shape[1:]])
        return stacked

    def concat(self, name=None):
        return _lockstep.ops["TensorListConcatV2"](self._list, convert_to_tensor([], dtypes.int64), self.dtype,
                                                   self.element_shape)[0]

    def gather(self, indices, name=None):
        return _lockstep.ops["TensorListGather"](self._list, indices, self.dtype, self.element_shape)

    def split(self, value, lengths, name=None) -> GraphTensorArray:
        value = convert_to_tensor(value, self.dtype)
        lengths = convert_to_tensor(lengths)
        known = _lockstep.constant_value(lengths)
        lengths = lengths if lengths.dtype == dtypes.int64 else _lockstep.ops["Cast"](lengths, dtypes.int64)
        rest = value.shape.as_list()[1:] if value.shape.rank is not None else None
        different = set(known.numpy().reshape(-1).tolist()) if known is not None else set()
        shape = TensorShape(None if rest is None else [different.pop() if len(different) == 1 else None, *rest])
        self._learn(shape)
        return self._with(_lockstep.ops["TensorListSplit"](value, lengths, shape))

    def unstack(self, value, name=None) -> GraphTensorArray:
        value = convert_to_tensor(value, self.dtype)
        self._learn(value.shape[1:])
        return self._with(_lockstep.ops["TensorListFromTensor"](value))

    def scatter(self, indices, value, name=None) -> GraphTensorArray:
        value = convert_to_tensor(value, self.dtype)
        if self.dynamic_size:
            size = _lockstep.ops["Maximum"](self.size(), _lockstep.ops["Max"](indices, [0]) + 1)
            grown = _lockstep.ops["TensorListResize"](self._list, size)
        else:
            grown = self._list
        made = _lockstep.ops["TensorListScatterIntoExistingList"](grown, value, indices)
        self._learn(value.shape[1:])
        return self._with(made)

    def size(self, name=None):
        return _lockstep.ops["TensorListLength"](self._list)

    def close(self, name=None):
        return _lockstep.ops["NoOp"](name=name)

    def __len__(self):
        raise TypeError("len() of a TensorArray in a graph; use .size()")
