#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the C API and the registry from ops.def.

    generate.py OPS.DEF ops.h ops.c blocks.h

ops.h     one documented function per op, LK_OP_… numbers, and for C programs the macros that record where a call stands
ops.c     those functions, and the registry's table
blocks.h  the declarations of the blocks that ops/<family>.c define with LK_BLOCK()
"""
import re
import sys
from dataclasses import dataclass, field

DTYPES = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "string": 7, "complex64": 8, "int64": 9,
    "bool": 10, "bfloat16": 14, "uint16": 17, "complex128": 18, "float16": 19, "resource": 20, "variant": 21,
    "uint32": 22, "uint64": 23,
}
FLOATING = ["float16", "bfloat16", "float32", "float64"]
COMPLEX = ["complex64", "complex128"]
INTEGER = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
SETS = {
    "number": FLOATING + INTEGER + COMPLEX,
    "realnumber": FLOATING + INTEGER,
    "floating": FLOATING,
    "inexact": FLOATING + COMPLEX,
    "integer": INTEGER,
    "signed": ["int8", "int16", "int32", "int64"],
    "index": ["int32", "int64"],
    "any": [],
    # Narrower than TensorFlow's, for ops whose kernels do not know the rest yet.
    "num": ["float32", "float64", "int32", "int64"],
    "real": ["float32", "float64"],
    "int": ["int32", "int64"],
}
KINDS = {   # of attributes: (the C type of the argument, the member of LkAttr)
    "bool": ("gboolean ", "b"), "int": ("gint64 ", "i"), "float": ("double ", "f"), "type": ("LkDType ", "type"),
    "string": ("const char *", "s"), "ints": ("const LkInts *", "ints"), "floats": ("const LkFloats *", "floats"), "types": ("const LkInts *", "ints"),
    "shape": ("const LkShape *", "shape"), "tensor": ("LkTensor *", "tensor"), "func": ("LkFunction *", "func"),
    "funcs": ("const LkFuncs *", "funcs"),
    "closure": ("LkClosure *", "closure"),
}
FLAGS = {"stateful": "LK_OP_STATEFUL", "alias": "LK_OP_ALIAS", "allocates": "LK_OP_ALLOCATES"}
COLUMNS = ["name", "c_name", "family", "inputs", "outputs", "attributes", "flags", "formula"]
RESERVED = {"default", "inputs", "double", "float", "int", "long", "register", "short", "signed", "static", "switch", "union"}


class Malformed(Exception):
    """A row that does not say what it must."""


@dataclass
class Attr:
    name: str
    kind: str
    types: list = field(default_factory=list)
    fallback: str | None = None
    limits: str | None = None
    inferred: bool = False


@dataclass
class Arg:
    name: str
    dtype: str              # a dtype, a type attribute's name, or "any"
    count: str | None       # "N" of "N * T"


@dataclass
class Op:
    name: str
    c_name: str
    family: str
    inputs: list
    outputs: list
    attrs: list
    flags: list
    formula: str

    def attr_index(self, name):
        return next((i for i, attr in enumerate(self.attrs) if attr.name == name), -1)

    @property
    def constant(self):
        return "LK_OP_" + self.c_name.upper()

    @property
    def given(self):
        """The attributes that are arguments."""
        return [attr for attr in self.attrs if not attr.inferred]

    @property
    def lists(self):
        return [arg for arg in self.inputs if arg.count]

    @property
    def list_input(self):
        return next((arg for arg in self.inputs if arg.count), None)

    @property
    def single(self):
        return len(self.outputs) == 1 and not self.outputs[0].count


# ---- reading ----

def split(text, separator=","):
    """Parts at the separator, but not inside of quotes, brackets or braces."""
    parts, part, depth, quoted = [], "", 0, False
    for i, c in enumerate(text):
        if c == '"' and (i == 0 or text[i - 1] != "\\"):
            quoted = not quoted
        if not quoted:
            depth += (c in "[{") - (c in "]}")
        if c == separator and depth == 0 and not quoted:
            parts.append(part.strip())
            part = ""
        else:
            part += c
    if quoted or depth:
        raise Malformed(f"a quote or bracket is not closed in '{text}'")
    parts.append(part.strip())
    return parts if parts != [""] else []


def identifier(text, what):
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise Malformed(f"'{text}' is no name of {what}")
    return text


def read_arg(text):
    name, colon, rest = text.partition(":")
    if not colon:
        raise Malformed(f"'{text}' is no 'name: T'")
    count, star, dtype = rest.rpartition("*")
    return Arg(identifier(name.strip(), "an input or output"), identifier(dtype.strip(), "a dtype"),
               identifier(count.strip(), "a count") if star else None)


def read_attr(text):
    declaration, _, fallback = text.partition("=")
    name, colon, kind = (part.strip() for part in declaration.partition(":"))
    if not colon:
        raise Malformed(f"'{text}' is no 'name: kind'")
    attr = Attr(identifier(name, "an attribute"), kind, fallback=fallback.strip() or None)
    if kind.startswith("{"):
        attr.kind, attr.limits = "type", kind.strip("{} ")
        for word in kind.strip("{}").split():
            if word not in SETS and word not in DTYPES:
                raise Malformed(f"'{word}' is neither a set of dtypes ({', '.join(SETS)}) nor a dtype")
            attr.types += SETS.get(word, [word])
    elif kind not in KINDS:
        raise Malformed(f"attribute '{name}' has kind '{kind}', which is none of {', '.join(KINDS)}")
    return attr


def check_arg(op, arg, names):
    if arg.dtype not in names and arg.dtype not in DTYPES and arg.dtype != "any":
        raise Malformed(f"'{arg.name}' has type '{arg.dtype}', which is neither a dtype nor an attribute")
    if arg.dtype in names and op.attrs[op.attr_index(arg.dtype)].kind != "type":
        raise Malformed(f"'{arg.name}' has type '{arg.dtype}', which is an attribute but not of kind type")


def read_op(line):
    cells = [cell.strip() for cell in line.split("|", len(COLUMNS) - 1)]
    if len(cells) != len(COLUMNS):
        raise Malformed(f"{len(cells)} columns instead of {len(COLUMNS)}: {' | '.join(COLUMNS)}")
    name, c_name, family, inputs, outputs, attrs, flags, formula = cells
    op = Op(identifier(name, "an op"), identifier(c_name, "a function"), identifier(family, "a family"),
            [read_arg(text) for text in split(inputs)], [read_arg(text) for text in split(outputs)],
            [read_attr(text) for text in split(attrs)], [] if flags == "-" else split(flags), formula)
    for flag in op.flags:
        if flag not in FLAGS:
            raise Malformed(f"flag '{flag}' is none of {', '.join(FLAGS)}")
    if len({arg.count for arg in op.inputs if arg.count}) > 1:
        raise Malformed("inputs that are lists must be of the same length")
    lists = [arg.count for arg in op.outputs if arg.count]
    if len(set(lists)) > 1 or any(arg.count for arg in op.outputs[len(lists):]):
        raise Malformed("outputs that are lists must be of the same length, and come first")
    names = {attr.name for attr in op.attrs}
    if len(names) != len(op.attrs):
        raise Malformed("an attribute is declared twice")
    for arg in op.inputs + op.outputs:
        check_arg(op, arg, names)
    shown = {arg.dtype for arg in op.inputs}
    for attr in op.attrs:
        attr.inferred = attr.kind == "type" and attr.name in shown
    if op.list_input:
        op.attrs.append(Attr(op.list_input.count, "int", inferred=True))
    for arg in op.outputs:
        if arg.count and arg.dtype != "any" and op.attr_index(arg.count) < 0:
            raise Malformed(f"'{arg.count}' of output '{arg.name}' is no attribute")
    return op


def read(path):
    ops, lines = [], {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if not line.strip() or line.startswith("#"):
                continue
            try:
                op = read_op(line)
                for name in (op.name, op.c_name + "()"):
                    if name in lines:
                        raise Malformed(f"{name} is declared in line {lines[name]} already")
                    lines[name] = number
            except Malformed as problem:
                sys.exit(f"{path}:{number}: error: {problem}\n    {line}")
            ops.append(op)
    return ops


# ---- writing ----

def c_string(text):
    return "NULL" if text is None else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def argument(name):
    return name + "_" if name in RESERVED else name


def parameters(op):
    """The C parameters: the inputs in order, the attributes in order, the outputs."""
    result = ["LkContext *ctx"]
    for arg in op.inputs:
        result.append(f"LkTensor *{'const *' if arg.count else ''}{argument(arg.name)}")
        if arg.count and arg is op.lists[-1]:
            result.append("guint n")
    result += [f"{KINDS[attr.kind][0]}{argument(attr.name)}" for attr in op.given]
    if not op.single and op.outputs:
        result.append("LkTensor **outputs")
    return result


def prototype(op, name):
    head = f"{'LkTensor *' if op.single else 'gboolean '}{name} ("
    lines, line = [], head
    for i, text in enumerate(parameters(op)):
        comma = "," if i + 1 < len(parameters(op)) else ""
        if len(line) + len(text) > 105:
            lines.append(line.rstrip())
            line = " " * len(head)
        line += text + comma + " "
    return "\n".join(lines + [line.rstrip() + ")"])


def document(op):
    def side(args):
        return ", ".join(f"{arg.name}: {arg.count + ' * ' if arg.count else ''}{arg.dtype}" for arg in args) or "nothing"
    limits = "; ".join(f"{attr.name}: {' '.join(attr.types)}" for attr in op.attrs if attr.types)
    defaults = ", ".join(f"{attr.name} = {attr.fallback}" for attr in op.given if attr.fallback)
    text = f"/* {op.name}: {op.formula}\n   {side(op.inputs)} → {side(op.outputs)}"
    if limits:
        text += f"\n   {limits}"
    if defaults:
        text += f"\n   TensorFlow's defaults: {defaults}"
    return text + " */"


def header(ops):
    out = ["/* SPDX-License-Identifier: MIT */",
           "/* One function per op, generated from ops.def. Each returns its only output (transfer full), NULL after an error;",
           "   those with no, several or a list of outputs return FALSE after an error. */",
           "#pragma once", '#include "engine/eager/context.h"', "",
           "/* Places in the registry, LkOp.index. */", "enum", "{"]
    out += [f"  {op.constant}," for op in ops] + ["  LK_N_OPS", "};", ""]
    for op in ops:
        out += [document(op), prototype(op, f"lk_{op.c_name}") + ";", ""]
    out += ["/* In programs each call also says where it stands. */", "#ifndef LK_INSIDE_ENGINE"]
    for op in ops:
        more = len(parameters(op)) > 1
        out.append(f"#define lk_{op.c_name}(ctx{', ...' if more else ''}) "
                   f"lk_{op.c_name} (LK_HERE (ctx){', __VA_ARGS__' if more else ''})")
    return out + ["#endif"]


def inputs_code(op):
    """(statements that gather the inputs, the array, their number)"""
    many = op.list_input
    if not op.inputs:
        return [], "NULL", "0"
    if not many:
        names = ", ".join(argument(arg.name) for arg in op.inputs)
        return [f"  LkTensor *inputs[] = {{ {names} }};"], "inputs", str(len(op.inputs))
    if len(op.inputs) == 1:
        return [], argument(many.name), "n"
    total = (f"{len(op.lists)} * " if len(op.lists) > 1 else "") + f"n + {len(op.inputs) - len(op.lists)}"
    lines = [f"  LkTensor **inputs = g_newa (LkTensor *, {total});", "  guint i = 0;"]
    for arg in op.inputs:
        if arg.count:
            lines += ["  for (guint j = 0; j < n; j++)", f"    inputs[i++] = {argument(arg.name)}[j];"]
        else:
            lines.append(f"  inputs[i++] = {argument(arg.name)};")
    return lines, "inputs", total


def n_outputs_code(op):
    if not op.outputs or not op.outputs[0].count:
        return str(len(op.outputs))
    count = op.attr_index(op.outputs[0].count)
    if count >= 0 and op.attrs[count].inferred:
        return inputs_code(op)[2]
    if count >= 0:
        lists = sum(1 for arg in op.outputs if arg.count)
        return f"{lists} * (guint) {argument(op.attrs[count].name)} + {len(op.outputs) - lists}"
    types = next((attr for attr in op.given if attr.kind == "types"), None)
    if types:
        return f"{argument(types.name)}->n"
    function = next(attr for attr in op.attrs if attr.kind in ("func", "funcs"))
    first = f"{argument(function.name)}->v[0]" if function.kind == "funcs" else argument(function.name)
    return f"lk_function_n_outputs ({first})"


def wrapper(op):
    lines, inputs, n_inputs = inputs_code(op)
    attrs = "NULL"
    if op.given:
        values = ", ".join(f"{{ .{KINDS[attr.kind][1]} = {argument(attr.name)} }}" for attr in op.given)
        lines.append(f"  const LkAttr attrs[] = {{ {values} }};")
        attrs = "attrs"
    start = f"(ctx, &lk_ops[{op.constant}], {inputs}, {n_inputs}, {attrs}"
    if op.single:
        lines.append(f"  return lk_apply1 {start});")
    else:
        lines.append(f"  return lk_apply {start}, {'outputs' if op.outputs else 'NULL'}, {n_outputs_code(op)});")
    head = prototype(op, f"lk_{op.c_name}").replace(f"lk_{op.c_name} (", f"\nlk_{op.c_name} (", 1)
    kind, _, rest = head.partition("\n")
    indent = len(kind)
    rest = rest.replace("\n" + " " * indent, "\n")
    return [kind.rstrip(), rest, "{"] + lines + ["}", ""]


def arg_row(op, arg):
    type_attr = op.attr_index(arg.dtype)
    dtype = "LK_INVALID" if type_attr >= 0 or arg.dtype == "any" else f"LK_{arg.dtype.upper()}"
    count = op.attr_index(arg.count) if arg.count else -1
    return f'  {{ "{arg.name}", {dtype}, {type_attr}, {"TRUE" if arg.count else "FALSE"}, {count} }},'


def table_rows(op):
    out = []
    for kind, args in (("inputs", op.inputs), ("outputs", op.outputs)):
        if args:
            out += [f"static const LkArg {op.c_name}_{kind}[] = {{"] + [arg_row(op, arg) for arg in args] + ["};"]
    if op.attrs:
        out.append(f"static const LkAttrDef {op.c_name}_attrs[] = {{")
        for attr in op.attrs:
            mask = sum(1 << DTYPES[name] for name in attr.types)
            out.append(f'  {{ "{attr.name}", LK_ATTR_{attr.kind.upper()}, {"TRUE" if attr.inferred else "FALSE"}, '
                       f"{c_string(attr.fallback)}, {mask:#x}, {c_string(attr.limits)} }},")
        out.append("};")
    return out


def is_uniform(op):
    """All inputs and outputs are single tensors of one dtype, which no argument says."""
    of_one = {arg.dtype for arg in op.inputs + op.outputs}
    inferred = {attr.name for attr in op.attrs if attr.inferred and attr.kind == "type"}
    return bool(op.inputs) and len(of_one) == 1 and of_one <= inferred and not any(arg.count for arg in op.inputs + op.outputs)


def table_row(op):
    def array(kind, content):
        return f"{op.c_name}_{kind}" if content else "NULL"
    flags = " | ".join([FLAGS[flag] for flag in op.flags] + ["LK_OP_UNIFORM"] * is_uniform(op)) or "0"
    limited = "TRUE" if any(attr.types for attr in op.given) else "FALSE"
    return (f'  [{op.constant}] = {{ "{op.name}", "{op.c_name}", {op.constant}, {flags},\n'
            f"    {len(op.inputs)}, {len(op.attrs)}, {len(op.outputs)}, {len(op.lists)}, {limited}, {array('inputs', op.inputs)}, "
            f"{array('attrs', op.attrs)}, {array('outputs', op.outputs)},\n"
            f"    {c_string(op.formula)}, &lk_block_{op.c_name} }},")


def source(ops):
    out = ["/* SPDX-License-Identifier: MIT */", "/* The registry's table and the ops' functions, generated from ops.def. */",
           '#include "engine/ops/ops.h"', '#include "engine/ops/block.h"',
           '#include "engine/graph/function.h"', ""]
    for op in ops:
        out += table_rows(op)
    out += ["", "const LkOp lk_ops[LK_N_OPS] = {"] + [table_row(op) for op in ops] + ["};", ""]
    for op in ops:
        out += wrapper(op)
    return out


def blocks(ops):
    out = ["/* SPDX-License-Identifier: MIT */", "/* The ops' blocks, generated from ops.def. */", "#pragma once",
           '#include "engine/ops/op.h"', ""]
    out += [f"extern const LkBlock lk_block_{op.c_name};    /* {op.family}.c */" for op in ops]
    return out + ["", "/* So that a block without a row does not compile. */", "enum", "{"] + \
        [f"  LK_ROW_{op.c_name}," for op in ops] + ["};"]


def main():
    definition, *paths = sys.argv[1:]
    ops = read(definition)
    for path, make in zip(paths, (header, source, blocks)):
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(make(ops)) + "\n")


if __name__ == "__main__":
    main()
