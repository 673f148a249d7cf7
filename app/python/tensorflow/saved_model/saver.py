# SPDX-License-Identifier: MIT
"""The nodes by which a session saves and restores a model's variables. They are ops of TensorFlow's runtime, for those who
read a model there; here variables are read from the files."""
from __future__ import annotations

from ..framework.graph_def import AttrValue, NodeDef
from ..framework.message import message_class


def add(graph, variables: list, meta) -> None:
    """variables: (key in the bundle, variable, handle)."""
    nodes = _nodes(variables)
    graph._extra_nodes = nodes
    meta.saver_def = {"filename_tensor_name": "saver_filename:0", "save_tensor_name": "save/control_dependency:0",
                      "restore_op_name": "save/restore_all", "max_to_keep": 1, "version": 2}
    initial = meta.signature_def["__saved_model_init_op"]
    initial.outputs["__saved_model_init_op"] = message_class("TensorInfo")(name="NoOp", tensor_shape={"unknown_rank": True})


def _text(name: str, values: list, scalar=False):
    shape = {} if scalar else {"dim": [{"size": len(values)}]}
    return NodeDef(name=name, op="Const", attr={
        "dtype": AttrValue(type=7),
        "value": AttrValue(tensor={"dtype": 7, "tensor_shape": shape, "string_val": [v.encode() for v in values]})})


def _types(variables: list):
    return AttrValue(list={"type": [v.dtype.as_datatype_enum for _, v, _ in variables]})


def _nodes(variables: list) -> list:
    keys = [key for key, _, _ in variables]
    reads = [NodeDef(name=f"save/Read_{i}", op="ReadVariableOp", input=[handle.op.name],
                     attr={"dtype": AttrValue(type=v.dtype.as_datatype_enum)}) for i, (_, v, handle) in enumerate(variables)]
    nodes = [
        NodeDef(name="NoOp", op="NoOp"), _text("save/filename/input", ["model"], scalar=True),
        NodeDef(name="saver_filename", op="PlaceholderWithDefault", input=["save/filename/input"],
                attr={"dtype": AttrValue(type=7), "shape": AttrValue(shape={})})]
    after_save, assigns = [], []
    if variables:
        nodes += [_text("save/tensor_names", keys), _text("save/shape_and_slices", [""] * len(keys)), *reads]
        nodes.append(NodeDef(name="save/SaveV2", op="SaveV2", attr={"dtypes": _types(variables)},
                             input=["saver_filename", "save/tensor_names", "save/shape_and_slices", *[r.name for r in reads]]))
        nodes.append(NodeDef(name="save/RestoreV2", op="RestoreV2", attr={"dtypes": _types(variables)},
                             input=["saver_filename", "save/tensor_names", "save/shape_and_slices"]))
        after_save = ["^save/SaveV2"]
        for i, (_, v, handle) in enumerate(variables):
            source = "save/RestoreV2" if i == 0 else f"save/RestoreV2:{i}"
            nodes.append(NodeDef(name=f"save/AssignVariableOp_{i}", op="AssignVariableOp", input=[handle.op.name, source],
                                 attr={"dtype": AttrValue(type=v.dtype.as_datatype_enum)}))
            assigns.append(f"^save/AssignVariableOp_{i}")
    nodes.append(NodeDef(name="save/control_dependency", op="Identity", input=["saver_filename", *after_save],
                         attr={"T": AttrValue(type=7)}))
    nodes.append(NodeDef(name="save/restore_all", op="NoOp", input=assigns))
    return nodes
