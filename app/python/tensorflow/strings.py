# SPDX-License-Identifier: MIT
"""tf.strings"""
from __future__ import annotations

import _lockstep

from .framework import dtypes
from .framework.ops import convert_to_tensor, is_tensor
from .ops.logging_ops import string_format as format  # noqa: A004,F401

_ops = _lockstep.ops


def as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill="", name=None):  # noqa: A002
    """Numbers as text."""
    return _ops["AsString"](input, precision, scientific, shortest, width, fill, name)


def join(inputs, separator="", name=None):
    """The inputs, element by element, one after another."""
    return _ops["StringJoin"](list(inputs), separator, name=name)


def length(input, unit="BYTE", name=None):  # noqa: A002
    return _ops["StringLength"](input, unit, name)


def lower(input, encoding="", name=None):  # noqa: A002
    return _ops["StringLower"](input, encoding, name)


def upper(input, encoding="", name=None):  # noqa: A002
    return _ops["StringUpper"](input, encoding, name)


def strip(input, name=None):  # noqa: A002
    """Without white space at the ends."""
    return _ops["StringStrip"](input, name)


def substr(input, pos, len, unit="BYTE", name=None):  # noqa: A002
    """len units from pos on."""
    if not is_tensor(pos) and not is_tensor(len):
        pos, len = convert_to_tensor(pos), convert_to_tensor(len)  # noqa: A001
    return _ops["Substr"](input, pos, len, unit, name)


def to_number(input, out_type=dtypes.float32, name=None):  # noqa: A002
    return _ops["StringToNumber"](input, out_type, name)


def to_hash_bucket(input, num_buckets, name=None):  # noqa: A002
    return _ops["StringToHashBucket"](input, num_buckets, name)


def to_hash_bucket_fast(input, num_buckets, name=None):  # noqa: A002
    return _ops["StringToHashBucketFast"](input, num_buckets, name)


def to_hash_bucket_strong(input, num_buckets, key, name=None):  # noqa: A002
    return _ops["StringToHashBucketStrong"](input, num_buckets, key, name)


def regex_full_match(input, pattern, name=None):  # noqa: A002
    if isinstance(pattern, (str, bytes)):
        return _ops["StaticRegexFullMatch"](input, pattern, name)
    return _ops["RegexFullMatch"](input, pattern, name)


def regex_replace(input, pattern, rewrite, replace_global=True, name=None):  # noqa: A002
    if isinstance(pattern, (str, bytes)) and isinstance(rewrite, (str, bytes)):
        return _ops["StaticRegexReplace"](input, pattern, rewrite, replace_global, name)
    return _ops["RegexReplace"](input, pattern, rewrite, replace_global, name)


def reduce_join(inputs, axis=None, keepdims=False, separator="", name=None, **kwargs):
    """Joined along the axes; along all, the last first."""
    keepdims = kwargs.get("keep_dims", keepdims)
    inputs = convert_to_tensor(inputs)
    if axis is None:
        axis = list(range(inputs.shape.rank))[::-1]
    return _ops["ReduceJoin"](inputs, axis, bool(keepdims), separator, name)


def unsorted_segment_join(inputs, segment_ids, num_segments, separator="", name=None):
    return _ops["UnsortedSegmentJoin"](inputs, segment_ids, num_segments, separator, name)


# ---- into parts: ragged ----

def _rows(values, counts_of):
    """A vector's parts as rows, for any shape: counts_of (vector) gives a ragged tensor of a row for each element."""
    from .ragged import RaggedTensor
    if isinstance(values, RaggedTensor):
        return values.with_flat_values(_rows(values.flat_values, counts_of))
    values = convert_to_tensor(values)
    rank = values.shape.rank
    if rank is None:
        raise ValueError("input must have a known rank")
    if rank == 0:
        return counts_of(_ops["Reshape"](values, [1])).values
    if rank == 1:
        return counts_of(values)
    ragged = RaggedTensor.from_tensor(values, ragged_rank=rank - 1)
    return ragged.with_flat_values(counts_of(ragged.flat_values))


def _from_matrix(indices, parts, shape):
    """What StringSplit gives, as rows."""
    from .ragged import RaggedTensor
    return RaggedTensor.from_value_rowids(parts, indices[:, 0], shape[0], validate=False)


def split(input, sep=None, maxsplit=-1, name=None):  # noqa: A002
    """The parts between separators, or runs of white space."""
    return _rows(input, lambda v: _from_matrix(*_ops["StringSplitV2"](v, "" if sep is None else sep, maxsplit)))


def bytes_split(input, name=None):  # noqa: A002
    """The bytes of each."""
    return _rows(input, lambda v: _from_matrix(*_ops["StringSplit"](v, "", False)))


def unicode_decode(input, input_encoding, errors="replace", replacement_char=0xFFFD,  # noqa: A002
                   replace_control_characters=False, name=None):
    """The code points of each."""
    return _decode(input, input_encoding, errors, replacement_char, replace_control_characters)[0]


def unicode_decode_with_offsets(input, input_encoding, errors="replace", replacement_char=0xFFFD,  # noqa: A002
                                replace_control_characters=False, name=None):
    """The code points of each, and the byte where each of them begins."""
    return _decode(input, input_encoding, errors, replacement_char, replace_control_characters)


def _decode(values, encoding, errors, replacement_char, controls) -> tuple:
    from .ragged import RaggedTensor
    found = []

    def starts(vector):
        splits, characters, offsets = _ops["UnicodeDecodeWithOffsets"](vector, encoding, errors, replacement_char, controls)
        found.append(offsets)
        return RaggedTensor(characters, splits)
    characters = _rows(values, starts)
    if isinstance(characters, RaggedTensor):
        return characters, characters.with_flat_values(found[0])
    return characters, found[0]


def unicode_encode(input, output_encoding, errors="replace", replacement_char=65533, name=None):  # noqa: A002
    """Code points, a string for each row of the innermost axis."""
    from .ragged import RaggedTensor
    ragged = input if isinstance(input, RaggedTensor) else convert_to_tensor(input)
    if isinstance(ragged, RaggedTensor):
        if isinstance(ragged.values, RaggedTensor):
            return ragged.with_values(unicode_encode(ragged.values, output_encoding, errors, replacement_char))
        if ragged.values.shape.rank > 1:
            return ragged.with_values(unicode_encode(ragged.values, output_encoding, errors, replacement_char))
        return _ops["UnicodeEncode"](ragged.values, ragged.row_splits, errors, output_encoding, replacement_char)
    if ragged.shape.rank == 1:
        splits = _ops["Pack"]([convert_to_tensor(0), _ops["Size"](ragged)])
        encoded = _ops["UnicodeEncode"](ragged, splits, errors, output_encoding, replacement_char)
        return _ops["Reshape"](encoded, [])
    if ragged.shape.rank == 2:
        return unicode_encode(RaggedTensor.from_tensor(ragged), output_encoding, errors, replacement_char)
    flat = _ops["Reshape"](ragged, _ops["ConcatV2"]([[-1], _ops["Shape"](ragged)[-1:]], 0))
    return _ops["Reshape"](unicode_encode(flat, output_encoding, errors, replacement_char), _ops["Shape"](ragged)[:-1])


def unicode_split(input, input_encoding, errors="replace", replacement_char=0xFFFD, name=None):  # noqa: A002
    """The characters of each."""
    return unicode_split_with_offsets(input, input_encoding, errors, replacement_char)[0]


def unicode_split_with_offsets(input, input_encoding, errors="replace", replacement_char=0xFFFD, name=None):  # noqa: A002
    """The characters of each, and the byte where each of them begins."""
    from .ragged import RaggedTensor
    points, offsets = _decode(input, input_encoding, errors, replacement_char, False)
    flat = points.flat_values if isinstance(points, RaggedTensor) else points
    single = _ops["Range"](0, _ops["Size"](flat) + 1, 1)
    encoding = input_encoding if input_encoding in ("UTF-8", "UTF-16-BE", "UTF-32-BE") else "UTF-8"
    characters = _ops["UnicodeEncode"](flat, single, errors, encoding, replacement_char)
    return (points.with_flat_values(characters) if isinstance(points, RaggedTensor) else characters), offsets


def unicode_transcode(input, input_encoding, output_encoding, errors="replace", replacement_char=65533,  # noqa: A002
                      replace_control_characters=False, name=None):
    return _ops["UnicodeTranscode"](input, input_encoding, output_encoding, errors, replacement_char,
                                    replace_control_characters, name)


def unicode_script(input, name=None):  # noqa: A002
    """The number of each character's script, as ICU has it."""
    return _ops["UnicodeScript"](input, name)


def ngrams(data, ngram_width, separator=" ", pad_values=None, padding_width=None, preserve_short_sequences=False, name=None):
    """Runs of neighbours within each row, joined."""
    from .ragged import RaggedTensor
    if pad_values is None:
        left = right = ""
        width = 0
    else:
        left, right = (pad_values, pad_values) if isinstance(pad_values, (str, bytes)) else pad_values
        width = -1 if padding_width is None else padding_width
    widths = [ngram_width] if isinstance(ngram_width, int) else list(ngram_width)
    data = data if isinstance(data, RaggedTensor) else convert_to_tensor(data)
    dense = not isinstance(data, RaggedTensor)
    rank = data.shape.rank
    if dense:
        data = RaggedTensor.from_tensor(_ops["ExpandDims"](data, 0) if rank == 1 else data, ragged_rank=max(rank - 1, 1))
    found, splits = _ops["StringNGrams"](data.flat_values, data.nested_row_splits[-1], separator, widths, left, right, width,
                                         preserve_short_sequences)
    grams = RaggedTensor.from_nested_row_splits(found, [*data.nested_row_splits[:-1], splits], validate=False)
    if not dense:
        return grams
    return grams.values if rank == 1 else grams.to_tensor() if rank == 2 else grams
