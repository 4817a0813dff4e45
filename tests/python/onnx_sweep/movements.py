"""Ops of the sweep that move elements: shapes, slices, gathers, pads, resizing."""
import numpy as np
from draft import fits
from onnx import TensorProto


def factors(d, n, axes):
    """`axes` lengths whose product is n."""
    lengths = []
    for _ in range(axes - 1):
        lengths.append(int(d.choice(*[f for f in range(1, n + 1) if n % f == 0])))
        n //= lengths[-1]
    return [*lengths, n]


def reshape(d):
    shape = factors(d, d.value.size, d.whole(1, 4))
    if d.rng.random() < 0.5:
        shape[d.whole(0, len(shape) - 1)] = -1
    elif d.rng.random() < 0.5 and d.value.ndim:
        shape = [0, -1]
    return d.node("Reshape", [d.name, d.integers(shape)], allowzero=d.maybe(0) if d.opset >= 14 else None)


def computed_reshape(d):
    """The shape from Shape, Gather, Unsqueeze and Concat, as PyTorch's exporter writes `x.view(x.size(0), -1)`."""
    fits(d.value.ndim >= 1)
    first = d.node("Gather", [d.node("Shape", [d.name]), d.constant(np.int64(0))], axis=d.maybe(0))
    first = d.node("Unsqueeze", [first], axes=[0]) if d.opset < 13 else d.node("Unsqueeze", [first, d.integers([0])])
    return d.node("Reshape", [d.name, d.node("Concat", [first, d.integers([-1])], axis=0)])


def flatten(d):
    axis = d.whole(-d.value.ndim if d.opset >= 11 else 0, d.value.ndim)
    return d.node("Flatten", [d.name], axis=d.maybe(axis))


def squeeze(d):
    ones = [a for a, n in enumerate(d.value.shape) if n == 1]
    fits(ones)
    axes = d.maybe([a - (d.value.ndim if d.opset >= 11 and d.flag() else 0) for a in ones if d.flag() or a == ones[0]])
    if d.opset < 13:
        return d.node("Squeeze", [d.name], axes=axes)
    return d.node("Squeeze", [d.name] if axes is None else [d.name, d.integers(axes)])


def unsqueeze(d):
    count = d.whole(1, 2)
    rank = d.value.ndim + count
    fits(rank <= 6)
    axes = [int(a) - (rank if d.opset >= 11 and d.flag() else 0) for a in d.rng.permutation(rank)[:count]]
    if d.opset < 13:
        return d.node("Unsqueeze", [d.name], axes=axes)
    return d.node("Unsqueeze", [d.name, d.integers(axes)])


def transpose(d):
    order = [int(a) for a in d.rng.permutation(d.value.ndim)]
    return d.node("Transpose", [d.name], perm=d.maybe(order, 0.8))


def sliced(d):
    axes = d.axes() if d.opset >= 10 else [a % d.value.ndim for a in d.axes()]
    starts, ends, steps = [], [], []
    for a in axes:
        n = d.value.shape[a]
        step = d.choice(1, 1, 2, -1, -2, 3) if d.opset >= 10 else 1
        begin, end = sorted((d.whole(0, n - 1), d.whole(1, n)))
        end = max(end, begin + 1)
        if step < 0:
            begin, end = end - 1, begin - 1
            end = end if end >= 0 else -n - 1
        starts.append(begin - (n if step > 0 and d.rng.random() < 0.3 else 0))
        ends.append(d.choice(end, 2**31 - 1, 2**63 - 1) if step > 0 else end)
        steps.append(step)
    if d.opset < 10:
        return d.node("Slice", [d.name], starts=starts, ends=ends, axes=axes)
    inputs = [d.name, d.integers(starts), d.integers(ends), d.integers(axes)]
    if any(s != 1 for s in steps) or d.flag():
        inputs.append(d.integers(steps))
    return d.node("Slice", inputs)


def split(d):
    axis = d.axis()
    fits(d.opset >= 11 or axis >= 0)
    n = d.value.shape[axis]
    fits(n >= 2)
    first = d.whole(1, n - 1)
    equal = n % 2 == 0 and d.flag()
    inputs, attributes, count = [d.name], {"axis": axis}, 2
    if equal or (d.opset >= 18 and d.flag()):
        count = 2 if equal else d.whole(1, n)
        if d.opset >= 18:
            attributes["num_outputs"] = count
    elif d.opset < 13:
        attributes["split"] = [first, n - first]
    else:
        inputs.append(d.integers([first, n - first]))
    return d.node("Split", inputs, outputs=count, **attributes)


def concat(d):
    axis = d.axis()
    fits(d.opset >= 11 or axis >= 0)
    parts = [d.name]
    for _ in range(d.whole(0, 2)):
        shape = list(d.value.shape)
        shape[axis] = d.whole(1, 3)
        parts.insert(d.whole(0, len(parts)), d.operand(d.floats(*shape)))
    return d.node("Concat", parts, axis=axis)


def gather(d):
    axis = d.axis()
    n = d.value.shape[axis]
    low = -n if d.opset >= 11 else 0
    index = d.rng.integers(low, n, [d.whole(1, 3) for _ in range(d.whole(0, 2))])
    fits(d.value.ndim + index.ndim - 1 <= 5)
    kind = d.choice(np.int64, np.int32)
    return d.node("Gather", [d.name, d.operand(np.asarray(index, kind))], axis=axis if axis else d.maybe(axis))


def gather_elements(d):
    fits(d.opset >= 11)
    axis = d.axis()
    shape = [d.whole(1, n) for n in d.value.shape]
    n = d.value.shape[axis]
    return d.node("GatherElements", [d.name, d.operand(d.rng.integers(-n, n, shape))], axis=axis)


def scatter_elements(d):
    """Each place at most once, unless they are combined."""
    fits(d.opset >= 11)
    axis = d.axis()
    n = d.value.shape[axis]
    shape = [d.whole(1, m) for m in d.value.shape]
    reduction = "none" if d.opset < 16 else d.choice("none", "add", *(["mul", "max", "min"] if d.opset >= 18 else []))
    if reduction == "none":
        index = np.argsort(d.rng.random(shape), axis=axis)
    else:
        index = d.rng.integers(-n, n, shape)
    if reduction in ("add", "mul"):
        d.exact = False
    return d.node("ScatterElements", [d.name, d.operand(index.astype(np.int64)), d.operand(d.floats(*shape))],
                  axis=axis, reduction=reduction if reduction != "none" else None)


def expand(d):
    fits(d.opset >= 8)
    shape = [n if n > 1 else d.whole(1, 3) for n in d.value.shape]
    if len(shape) < 5 and d.rng.random() < 0.3:
        shape = [d.whole(1, 3), *shape]
    shape = [n if d.rng.random() < 0.7 or m > 1 or len(shape) > d.value.ndim else 1
             for n, m in zip(shape, [*[9] * (len(shape) - d.value.ndim), *d.value.shape])]
    return d.node("Expand", [d.name, d.integers(shape)])


def tile(d):
    return d.node("Tile", [d.name, d.integers([d.whole(1, 3) for _ in d.value.shape])])


def pad(d):
    mode = d.choice("constant", "constant", "reflect", "edge", *(["wrap"] if d.opset >= 19 else []))
    rank, chosen = d.value.ndim, None
    fits(rank > 0)
    if d.opset >= 18 and d.rng.random() < 0.3:
        chosen = d.axes()
    axes = range(rank) if chosen is None else chosen
    most = [2 if mode in ("constant", "edge") else min(2, d.value.shape[a] - 1) for a in axes]
    pads = [0 if d.rng.random() < 0.5 else d.whole(0, m) for m in most + most]
    if mode == "constant" and d.rng.random() < 0.2:
        pads[0] = -1
    value = float(np.float32(d.rng.uniform(-2, 2)))
    if d.opset < 11:
        return d.node("Pad", [d.name], mode=d.maybe(mode) or mode, pads=pads, value=d.maybe(value))
    inputs = [d.name, d.integers(pads)]
    with_value = mode == "constant" and d.flag()
    if with_value or chosen is not None:
        inputs.append(d.constant(np.float32(value)) if with_value else "")
    if chosen is not None:
        inputs.append(d.integers(chosen))
    return d.node("Pad", inputs, mode=mode if mode != "constant" else d.maybe(mode))


def blocks(op):
    def build(d):
        fits(d.value.ndim == 4)
        n, c, h, w = d.value.shape
        fits(c % 4 == 0 if op == "DepthToSpace" else h % 2 == 0 and w % 2 == 0)
        mode = d.maybe(d.choice("DCR", "CRD")) if op == "DepthToSpace" and d.opset >= 11 else None
        return d.node(op, [d.name], blocksize=2, mode=mode)
    return build


def upsample(d):
    fits(d.opset in (7, 8, 9) and d.value.ndim in (2, 4))
    scales = [1.0] * (d.value.ndim - 2) + [float(d.whole(1, 3)) for _ in range(2)]
    mode = d.maybe(d.choice("nearest", "linear"))
    d.exact = d.exact and mode != "linear"
    if d.opset < 9:
        return d.node("Upsample", [d.name], mode=mode, scales=scales)
    return d.node("Upsample", [d.name, d.constant(np.float32(scales))], mode=mode)


def one_hot(d):
    fits(d.exact and d.opset >= 11 and d.value.ndim < 4)
    depth = d.whole(2, 5)
    index = d.node("Cast", [d.node("Round", [d.name])], to=TensorProto.INT64)
    return d.node("OneHot", [index, d.constant(np.int64(depth)), d.constant(d.floats(2))],
                  axis=d.maybe(d.axis(d.value.ndim + 1)))


def arg(op):
    def build(d):
        fits(d.exact)
        axis = d.axis()
        fits(d.opset >= 11 or axis >= 0)
        last = d.maybe(d.flag()) if d.opset >= 12 else None
        y = d.node(op, [d.name], axis=d.maybe(axis), keepdims=d.maybe(d.flag()), select_last_index=last)
        return d.node("Cast", [y], to=TensorProto.FLOAT)
    return build


def triangle(d):
    fits(d.opset >= 14 and d.value.ndim >= 2)
    inputs = [d.name] + ([d.constant(np.int64(d.whole(-3, 3)))] if d.flag() else [])
    return d.node("Trilu", inputs, upper=d.maybe(d.flag()))


def eye(d):
    fits(d.opset >= 9 and d.value.ndim == 2)
    ones = d.node("EyeLike", [d.name], k=d.maybe(d.whole(-2, 2)), dtype=d.maybe(TensorProto.FLOAT))
    return d.node("Add", [d.name, ones])


def dropout(d):
    if d.opset < 12:
        return d.node("Dropout", [d.name], ratio=d.maybe(0.5))
    return d.node("Dropout", [d.name] + ([d.constant(np.float32(0.5))] if d.flag() else []))


def gather_nd(d):
    fits(d.opset >= 11 and d.value.ndim)
    batch = d.whole(0, min(1, d.value.ndim - 1)) if d.opset >= 12 else 0
    width = d.whole(1, d.value.ndim - batch)
    lists = [*d.value.shape[:batch], *(d.whole(1, 3) for _ in range(d.whole(0 if batch else 1, 2)))]
    lengths = np.array(d.value.shape[batch : batch + width])
    index = d.rng.integers(-lengths, lengths, [*lists, width])
    return d.node("GatherND", [d.name, d.operand(index)], batch_dims=batch if batch else None)


def scatter_nd(d):
    """Each place at most once, unless they are combined."""
    fits(d.opset >= 11 and d.value.ndim)
    width = d.whole(1, d.value.ndim)
    lengths = d.value.shape[:width]
    ways = ["none", "add", "mul"] if d.opset >= 16 else ["none"]
    reduction = d.choice(*ways, *(["max", "min"] if d.opset >= 18 else []))
    count = d.whole(1, min(6, int(np.prod(lengths))))
    flat = d.rng.choice(int(np.prod(lengths)), count, replace=reduction != "none")
    index = np.stack(np.unravel_index(flat, lengths), -1)
    index = np.where(d.rng.random(index.shape) < 0.2, index - lengths, index)
    d.exact = d.exact and reduction not in ("add", "mul")
    return d.node("ScatterND", [d.name, d.operand(index.astype(np.int64)), d.operand(d.floats(count, *d.value.shape[width:]))],
                  reduction=reduction if reduction != "none" else None)


def reverse_sequence(d):
    fits(d.opset >= 10 and d.value.ndim >= 2)
    time = d.flag()
    lengths = d.rng.integers(1, d.value.shape[time] + 1, d.value.shape[1 - time])
    attributes = {} if time == 0 and d.flag() else {"time_axis": time, "batch_axis": 1 - time}
    return d.node("ReverseSequence", [d.name, d.operand(lengths)], **attributes)


def crop(d):
    """Of Windows ML, as ImageScaler."""
    fits(d.value.ndim == 4 and d.opset < 10 and min(d.value.shape[2:]) > 1)
    border = [d.flag(), d.flag(), 0, 0]
    size = d.maybe([d.whole(1, n - 1) for n in d.value.shape[2:]])
    return d.node("Crop", [d.name], border=border, scale=size)


def image_scaler(d):
    fits(d.value.ndim == 4 and d.opset < 10)
    d.exact = False
    return d.node("ImageScaler", [d.name], scale=d.maybe(0.5), bias=[float(b) for b in d.floats(d.value.shape[1])])


OPS = {
    "Reshape": reshape, "Shape": computed_reshape, "Flatten": flatten, "Squeeze": squeeze, "Unsqueeze": unsqueeze,
    "Transpose": transpose, "Slice": sliced, "Split": split, "Concat": concat, "Gather": gather,
    "GatherElements": gather_elements, "ScatterElements": scatter_elements, "Expand": expand, "Tile": tile, "Pad": pad,
    "DepthToSpace": blocks("DepthToSpace"), "SpaceToDepth": blocks("SpaceToDepth"), "Upsample": upsample,
    "OneHot": one_hot, "ArgMax": arg("ArgMax"), "ArgMin": arg("ArgMin"), "Trilu": triangle, "EyeLike": eye, "Dropout": dropout,
    "GatherND": gather_nd, "ScatterND": scatter_nd, "ReverseSequence": reverse_sequence, "Crop": crop, "ImageScaler": image_scaler,
}
