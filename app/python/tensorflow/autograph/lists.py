# SPDX-License-Identifier: MIT
"""Python lists to which a loop of the graph appends: from that loop on they are lists of the graph."""
from __future__ import annotations

import _lockstep
from _lockstep import Tensor

from ..framework.ops import FuncGraph, convert_to_tensor
from ..framework.tensor_shape import TensorShape


class NoSuchUse(TypeError):
    """What only a Python list can do, asked of a list of the graph."""

    def __init__(self, kind: dict, message: str):
        super().__init__(message)
        self.kind = kind


class GraphList:
    """Tensors of one dtype. append () gives a longer one, as every change of a graph's value does."""

    def __init__(self, handle, kind: dict):
        """handle: None while only the kind of the elements is being found out. kind: "dtype" and "shape" of them, and
        whether it has "grown"."""
        self._handle, self._kind = handle, kind

    @classmethod
    def of(cls, items: list, kind: dict) -> GraphList:
        made = cls(_lockstep.ops["EmptyTensorList"](kind["dtype"], TensorShape(None)), kind)
        for item in items:
            made = made.append(item)
        return made

    def _to_components(self) -> list:
        return [self._handle]

    def _from_components(self, tensors: list) -> GraphList:
        return GraphList(tensors[0], self._kind)

    def _learn(self, item: Tensor) -> None:
        shape = self._kind.get("shape", item.shape)
        same = shape.rank is not None and shape.rank == item.shape.rank
        self._kind["shape"] = shape.most_general_compatible_shape(item.shape) if same else TensorShape(None)

    def append(self, item) -> GraphList:
        item = convert_to_tensor(item, None if isinstance(item, Tensor) else self._kind.get("dtype"))
        if self._kind.setdefault("dtype", item.dtype) != item.dtype:
            raise TypeError(f"A list that a loop over tensors appends to holds {self._kind['dtype'].name}, and cannot take "
                            f"{item.dtype.name}")
        self._learn(item)
        self._kind["grown"] = True
        return self if self._handle is None else GraphList(_lockstep.ops["TensorListPushBack"](self._handle, item), self._kind)

    def length(self):
        return _lockstep.ops["TensorListLength"](self._handle)

    def stack(self):
        return _lockstep.ops["TensorListStack"](self._handle, self._kind["dtype"], self._kind["shape"])

    def __tf_tensor__(self, dtype=None, name=None):
        return self.stack()

    def __getitem__(self, i):
        if isinstance(i, slice):
            return self.stack()[i]
        if self._handle is None and "dtype" in self._kind:
            return _lockstep.placeholder("item", self._kind["dtype"], self._kind["shape"])
        i = self.length() + i if not isinstance(i, Tensor) and i < 0 else i
        return _lockstep.ops["TensorListGetItem"](self._handle, i, self._kind["dtype"], self._kind["shape"])

    def _as_python(self, *args, **kwargs):
        raise NoSuchUse(self._kind, "The list is one of the graph: a loop over tensors appends to it. It knows append (), len () in a "
                        "function that is converted, and tf.stack ().")

    extend = insert = pop = remove = reverse = sort = index = count = copy = clear = _as_python
    __add__ = __radd__ = __mul__ = __rmul__ = __setitem__ = __delitem__ = __contains__ = __reversed__ = _as_python

    def __len__(self):
        raise NoSuchUse(self._kind, "The list has no length while its function is traced: a loop over tensors appends to it. Use len () "
                        "in a function that is converted, or tf.shape (tf.stack (…)) [0].")

    def __iter__(self):
        raise NoSuchUse(self._kind, "The list has no items while its function is traced: a loop over tensors appends to it. Use "
                        "tf.stack () to make a tensor of them.")


def append(target, item):
    """What target is after target.append (item)."""
    result = target.append(item)
    return result if isinstance(target, GraphList) else target


def grown(values: list, body, set_) -> list:
    """The values, with a GraphList for each list to which the body of a loop appends. The body is traced to find out; a list
    of which it wants what only Python's can do is one of these."""
    lists = {i: v for i, v in enumerate(values) if type(v) is list and all(isinstance(item, Tensor) for item in v)}
    while lists:
        tried, unlike = _try(values, lists, body, set_)
        if unlike is None:
            found = list(values)
            for i, items in lists.items():
                if tried[i]._kind.get("grown"):
                    found[i] = GraphList.of(items, dict(tried[i]._kind))
            return found
        lists = {i: v for i, v in lists.items() if tried[i]._kind is not unlike}
    return values


def _try(values: list, lists: dict, body, set_) -> tuple[list, dict | None]:
    """The values with GraphLists, which know afterwards whether they have grown; and the kind of one that cannot be one."""
    tried = list(values)
    with FuncGraph("loop_lists").as_default():
        for i, items in lists.items():
            tried[i] = GraphList.of(items, _kind_of(items)) if items else GraphList(None, {})
            tried[i]._kind.pop("grown", None)
        set_(list(tried))
        try:
            body()
        except NoSuchUse as error:
            if error.kind.get("grown") or all(error.kind is not tried[i]._kind for i in lists):
                raise
            return tried, error.kind
        finally:
            set_(list(values))
    return tried, None


def _kind_of(items: list) -> dict:
    probe = GraphList(None, {})
    for item in items:
        probe.append(item)
    return probe._kind
