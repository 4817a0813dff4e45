"""Writes ONNX files: the few messages of protobuf that a small network needs. https://onnx.ai/onnx/repo-docs/IR.html"""
import random
import struct


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    """A field of a message: whole numbers as varint, all else by length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name, shape, values):
    return b"".join(field(1, n) for n in shape) + field(2, 1) + field(8, name) + field(9, struct.pack(f"<{len(values)}f", *values))


def value_info(name, shape):
    dimensions = b"".join(field(1, field(1, n) if n else field(2, "any")) for n in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dimensions)))


def attribute(name, value):
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    return field(1, name) + b"".join(field(8, n) for n in value) + field(20, 7)


def node(op, inputs, output, **attributes):
    return (b"".join(field(1, i) for i in inputs) + field(2, output) + field(3, output) + field(4, op) +
            b"".join(field(5, attribute(k, v)) for k, v in attributes.items()))


def model(nodes, tensors, output, shape=(0, 3, 0, 0), classes=5):
    graph = b"".join(field(1, n) for n in nodes) + field(2, "small") + b"".join(field(5, t) for t in tensors)
    graph += field(11, value_info("image", shape)) + field(12, value_info(output, (0, classes)))
    return field(1, 7) + field(7, graph) + field(8, field(1, "") + field(2, 13))


def small_network(seed=1, scale=1.0, first_op="Relu", classes=5):
    """3 → 8 → 16 channels → classes, of any size from 5 × 5 pixels."""
    draw = random.Random(seed)

    def weights(name, shape):
        count = 1
        for n in shape:
            count *= n
        deviation = scale * (2 / (count / shape[0])) ** 0.5
        return tensor(name, shape, [draw.gauss(0, deviation) for _ in range(count)])

    tensors = [weights("w1", (8, 3, 3, 3)), tensor("b1", (8,), [0.1] * 8), weights("w2", (16, 8, 3, 3)),
               tensor("b2", (16,), [0.1] * 16), weights("w3", (classes, 16)), tensor("b3", (classes,), [0.0] * classes)]
    nodes = [node("Conv", ["image", "w1", "b1"], "conv1", kernel_shape=[3, 3], strides=[2, 2]),
             node(first_op, ["conv1"], "relu1"),
             node("Conv", ["relu1", "w2", "b2"], "conv2", kernel_shape=[2 + 1, 2 + 1], pads=[0, 0, 1, 1]),
             node("Relu", ["conv2"], "relu2"), node("GlobalAveragePool", ["relu2"], "pooled"),
             node("Flatten", ["pooled"], "flat"), node("Gemm", ["flat", "w3", "b3"], "logits", transB=1)]
    return model(nodes, tensors, "logits", classes=classes)
