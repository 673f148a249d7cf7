# SPDX-License-Identifier: MIT
"""tf.io: files, bytes, and the examples of TFRecord files."""
from __future__ import annotations

import _lockstep

from . import gfile  # noqa: F401  tf.io.gfile
from .examples import (FixedLenFeature, FixedLenSequenceFeature, RaggedFeature, SparseFeature, VarLenFeature,  # noqa: F401
                       parse_example, parse_single_example)
from .framework import dtypes
from .records import TFRecordOptions, TFRecordWriter, tf_record_iterator  # noqa: F401

_ops = _lockstep.ops


def read_file(filename, name=None):
    """A file's bytes, as a scalar string."""
    return _ops["ReadFile"](filename, name)


def write_file(filename, contents, name=None):
    """Writes the file, and makes its folder if need be."""
    return _ops["WriteFile"](filename, contents, name)


def matching_files(pattern, name=None):
    return _ops["MatchingFiles"](pattern, name)


def match_filenames_once(pattern, name=None):
    return matching_files(pattern)


def encode_base64(input, pad=False, name=None):  # noqa: A002
    """Web-safe base64."""
    return _ops["EncodeBase64"](input, pad, name)


def decode_base64(input, name=None):  # noqa: A002
    return _ops["DecodeBase64"](input, name)


def decode_raw(input_bytes, out_type, little_endian=True, fixed_length=None, name=None):
    """Bytes as the memory of numbers."""
    if fixed_length is not None:
        return _ops["DecodePaddedRaw"](input_bytes, fixed_length, out_type, little_endian, name)
    return _ops["DecodeRaw"](input_bytes, out_type, little_endian, name)


def decode_csv(records, record_defaults, field_delim=",", use_quote_delim=True, na_value="", select_cols=None, name=None):
    """A tensor for each field."""
    from .framework.ops import convert_to_tensor
    defaults = [convert_to_tensor([], d) if isinstance(d, dtypes.DType) else d for d in record_defaults]
    return _ops["DecodeCSV"](records, defaults, field_delim, use_quote_delim, na_value, select_cols or [], name)


def serialize_tensor(tensor, name=None):
    """A tensor as the bytes of a TensorProto."""
    return _ops["SerializeTensor"](tensor, name)


def parse_tensor(serialized, out_type, name=None):
    return _ops["ParseTensor"](serialized, out_type, name)
