# SPDX-License-Identifier: MIT
"""What a graph holds, by name: operations, tensors, collections."""
from __future__ import annotations

import re

import _lockstep
from _lockstep import Operation, SymbolicTensor


class GraphElements:
    """The part of a Graph that finds things in it."""

    # ---- operations and tensors ----

    def as_graph_element(self, obj, allow_tensor=True, allow_operation=True):
        """The tensor or operation that obj is, stands for, or names."""
        if not (allow_tensor or allow_operation):
            raise ValueError("allow_tensor and allow_operation can't both be False.")
        kinds = " or ".join(kind for kind, allowed in (("Tensor", allow_tensor), ("Operation", allow_operation)) if allowed)
        if isinstance(obj, bytes):
            obj = obj.decode()
        if isinstance(obj, str):
            return self._named(obj, allow_tensor, allow_operation, kinds)
        element = getattr(obj, "_as_graph_element", lambda: obj)()
        if isinstance(element, SymbolicTensor) and allow_tensor:
            if element.graph is not self:
                raise ValueError(f"Tensor {element} is not an element of this graph.")
            return element
        if isinstance(element, Operation) and allow_operation:
            if element.graph is not self:
                raise ValueError(f"Operation {element!r} is not an element of this graph.")
            return element
        if isinstance(element, _lockstep.EagerTensor) and allow_tensor:
            raise ValueError(f"Tensor {element} is not an element of this graph.")
        raise TypeError(f"Can not convert a {type(obj).__name__} into a {kinds}.")

    def _named(self, name: str, allow_tensor: bool, allow_operation: bool, kinds: str):
        if ":" in name:
            if not allow_tensor:
                raise ValueError(f"Name {name!r} appears to refer to a Tensor, not a {kinds}.")
            return self._tensor_named(name)
        found = self._find(name)
        if allow_operation:
            if found is None:
                raise KeyError(f"The name {name!r} refers to an Operation not in the graph.")
            return found
        what = f"refers to an Operation, not a {kinds}." if found is not None else \
            f"looks like an (invalid) Operation name, not a {kinds}."
        raise ValueError(f'The name {name!r} {what} Tensor names must be of the form "<op_name>:<output_index>".')

    def _tensor_named(self, name: str):
        operation, _, output = name.partition(":")
        if not output.isdigit():
            raise ValueError(f"The name {name!r} looks a like a Tensor name, but is not a valid one. Tensor names must be of the "
                             'form "<op_name>:<output_index>".')
        found = self._find(operation)
        if found is None:
            raise KeyError(f"The name {name!r} refers to a Tensor which does not exist. The operation, {operation!r}, does not "
                           "exist in the graph.")
        if int(output) >= len(found.outputs):
            raise KeyError(f"The name {name!r} refers to a Tensor which does not exist. The operation, {operation!r}, exists but "
                           f"only has {len(found.outputs)} outputs.")
        return found.outputs[int(output)]

    def get_operation_by_name(self, name: str) -> Operation:
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_tensor=False)

    def get_tensor_by_name(self, name: str):
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_operation=False)

    def create_op(self, op_type: str, inputs, dtypes=None, input_types=None, name=None, attrs=None, **kwargs) -> Operation:
        """A new operation of these inputs."""
        from .importer import attributes
        op = _lockstep.ops[op_type]
        with self.as_default():
            found = op.flat(list(inputs), attributes(op, attrs or {}), name)
        return found if isinstance(found, Operation) else found[0].op if found else self.get_operations()[-1]

    def unique_name(self, name: str, mark_as_used=True) -> str:
        return self._unique_name(name, mark_as_used)

    @property
    def version(self) -> int:
        return len(self.get_operations())

    # ---- what may be fed and fetched ----

    def prevent_feeding(self, tensor) -> None:
        self._unfeedable.add(tensor.ref())

    def is_feedable(self, tensor) -> bool:
        return tensor.ref() not in self._unfeedable

    def prevent_fetching(self, op) -> None:
        self._unfetchable.add(op)

    def is_fetchable(self, tensor_or_op) -> bool:
        return (tensor_or_op if isinstance(tensor_or_op, Operation) else tensor_or_op.op) not in self._unfetchable

    # ---- collections ----

    def get_collection(self, name, scope=None) -> list:
        found = self._collections.get(name, ())
        if scope is None:
            return list(found)
        pattern = re.compile(scope)
        return [item for item in found if hasattr(item, "name") and pattern.match(item.name)]

    def get_collection_ref(self, name) -> list:
        return self._collections.setdefault(name, [])

    def add_to_collection(self, name, value) -> None:
        self._check_open()
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names, value) -> None:
        for name in [names] if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def get_all_collection_keys(self) -> list:
        return [key for key in self._collections if isinstance(key, str)]

    collections = property(get_all_collection_keys)

    def clear_collection(self, name) -> None:
        self._check_open()
        self._collections.pop(name, None)

    def finalize(self) -> None:
        """No operations are added from now on."""
        self._finalize(True)
        self.finalized = True

    def _unsafe_unfinalize(self) -> None:
        self._finalize(False)
        self.finalized = False

    def _check_open(self) -> None:
        if self.finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
