# SPDX-License-Identifier: MIT
"""The objects that a program's state hangs on, by the names of the attributes that lead from one to the next; and their
variables restored, those that are not made yet as soon as they are."""
from __future__ import annotations

import collections
from typing import Any

from ..framework.message import message_class
from ..module import Module
from ..ops.variables import Variable

VALUE = ".ATTRIBUTES/VARIABLE_VALUE"


def children(value: Any) -> dict[str, Any]:
    """What value holds, by name."""
    if hasattr(value, "_trackable_children"):
        return value._trackable_children()
    if isinstance(value, (list, tuple)):
        return {str(i): item for i, item in enumerate(value) if is_trackable(item)}
    if isinstance(value, collections.abc.Mapping):
        return {str(key): item for key, item in value.items() if is_trackable(item)}
    if isinstance(value, Variable):
        return {}
    skip = getattr(value, "_TF_MODULE_IGNORED_PROPERTIES", frozenset())
    return {name: item for name, item in vars(value).items() if name not in skip and is_trackable(item)}


def is_trackable(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(is_trackable(item) for item in value)
    if isinstance(value, collections.abc.Mapping):
        return any(is_trackable(item) for item in value.values())
    return isinstance(value, (Variable, Module)) or hasattr(value, "_trackable_children")


class Walk:
    """Objects in order of their distance from the root; each by the shortest way to it."""

    def __init__(self, root, children_of=children):
        self.objects: list = [root]
        self.paths: list[str] = [""]
        self.children: list[dict[str, int]] = []
        self._numbers = {id(root): 0}
        place = 0
        while place < len(self.objects):
            self.children.append({name: self._number(child, f"{self.paths[place]}/{_escaped(name)}".lstrip("/"))
                                  for name, child in children_of(self.objects[place]).items()})
            place += 1

    def _number(self, value, path: str) -> int:
        if id(value) not in self._numbers:
            self._numbers[id(value)] = len(self.objects)
            self.objects.append(value)
            self.paths.append(path)
        return self._numbers[id(value)]

    def number(self, value) -> int | None:
        return self._numbers.get(id(value))


def _escaped(name: str) -> str:
    return name.replace(".", "..").replace("/", ".S")


def checkpoint_tensors(walk: Walk) -> dict:
    """What a checkpoint of these objects holds."""
    graph = message_class("TrackableObjectGraph")()
    tensors: dict = {}
    for value, path, names in zip(walk.objects, walk.paths, walk.children):
        node = graph.nodes.add(children=[{"node_id": number, "local_name": name} for name, number in names.items()])
        if isinstance(value, Variable):
            key = f"{path}/{VALUE}"
            node.attributes.add(name="VARIABLE_VALUE", full_name=value._shared_name, checkpoint_key=key)
            tensors[key] = value.read_value()
    tensors["_CHECKPOINTABLE_OBJECT_GRAPH"] = _scalar(graph.SerializeToString())
    return tensors


def _scalar(text: bytes):
    import _lockstep
    import numpy as np
    return _lockstep.value(np.array(text, object))


class Restoring:
    """A checkpoint on its way into objects."""

    def __init__(self, reader):
        self.reader = reader
        self.graph = message_class("TrackableObjectGraph").FromString(reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))
        self.matched: dict[int, Any] = {}       # number in the checkpoint → object
        self.shapes_differ: list[str] = []

    def restore(self, value, number: int) -> None:
        """The object and all that is below it."""
        self.restore_child(None, "", value, number)

    def restore_child(self, owner, name: str, value, number: int) -> None:
        waiting = [(value, number, owner, name)]
        while waiting:
            value, number, owner, name = waiting.pop()
            grows = isinstance(value, list)             # and is looked through again
            if number in self.matched and not grows:
                continue
            self.matched[number] = value
            node = self.graph.nodes[number]
            if isinstance(value, Variable):
                self._assign(value, node)
                continue
            present = children(value)
            for child in node.children:
                if child.local_name in present:
                    waiting.append((present[child.local_name], child.node_id, value, child.local_name))
                elif grows:
                    defer(owner, name, self, number)
                else:
                    defer(value, child.local_name, self, child.node_id)

    def _assign(self, variable: Variable, node) -> None:
        for attribute in node.attributes:
            if attribute.name == "VARIABLE_VALUE":
                variable.assign(self.reader.tensor(attribute.checkpoint_key))

    def unmatched(self) -> list[str]:
        """What of the checkpoint has found no object."""
        return [node.attributes[0].checkpoint_key for number, node in enumerate(self.graph.nodes)
                if node.attributes and number not in self.matched]


def defer(owner, name: str, restoring: Restoring, number: int) -> None:
    """When owner gets something of that name, it is restored."""
    if hasattr(owner, "__dict__"):
        owner.__dict__.setdefault("_deferred_restores", {})[name] = (restoring, number)


def catch_up(owner) -> None:
    """Restores what owner has got since."""
    waiting = vars(owner).get("_deferred_restores")
    if not waiting:
        return
    present = children(owner)
    found = {name: waiting.pop(name) for name in list(waiting) if name in present}
    for name, (restoring, number) in found.items():
        restoring.restore_child(owner, name, present[name], number)
