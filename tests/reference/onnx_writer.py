"""Writes ONNX files without the package onnx: the few protobuf messages that small classifiers need.

https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has the numbers of the fields."""
import struct

import numpy as np

FLOAT, INT64, HALF, DOUBLE = 1, 7, 10, 11
_TYPES = {np.dtype("f4"): FLOAT, np.dtype("i8"): INT64, np.dtype("f2"): HALF, np.dtype("f8"): DOUBLE}


def _varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def _field(number, value):
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def tensor(array, name="", raw=True):
    """TensorProto. Without `raw`, f32 and int64 lie in fields of their own."""
    array = np.asarray(array)
    dims = b"".join(_field(1, d) for d in array.shape)
    if raw:
        data = _field(9, np.ascontiguousarray(array).tobytes())
    elif array.dtype == np.float32:
        data = _field(4, array.tobytes())
    else:
        data = _field(7, b"".join(_varint(int(v)) for v in array.reshape(-1)))
    return dims + _field(2, _TYPES[array.dtype]) + (_field(8, name) if name else b"") + data


def attribute(name, value):
    out = _field(1, name)
    if isinstance(value, float):
        return out + _field(2, value) + _field(20, 1)
    if isinstance(value, int):
        return out + _field(3, value) + _field(20, 2)
    if isinstance(value, str):
        return out + _field(4, value) + _field(20, 3)
    if isinstance(value, (np.ndarray, np.generic)):
        return out + _field(5, tensor(value)) + _field(20, 4)
    if any(isinstance(v, float) for v in value):
        return out + b"".join(_field(7, float(v)) for v in value) + _field(20, 6)
    return out + b"".join(_field(8, v) for v in value) + _field(20, 7)


def node(op, inputs, output, **attributes):
    return (b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(3, f"{op}_{output}") +
            _field(4, op) + b"".join(_field(5, attribute(k, v)) for k, v in attributes.items()))


def value(name, shape):
    """ValueInfoProto of floats; a length that is a text is left open."""
    dims = b"".join(_field(1, _field(2 if isinstance(d, str) else 1, d)) for d in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT) + _field(2, dims)))


def model(nodes, initializers, image, output="y", opset=13):
    graph = (b"".join(_field(1, n) for n in nodes) + _field(2, "graph") + b"".join(_field(5, t) for t in initializers) +
             _field(11, value("x", image)) + _field(12, value(output, ["N", "classes"])))
    return _field(1, 7) + _field(8, _field(1, "") + _field(2, opset)) + _field(7, graph)
