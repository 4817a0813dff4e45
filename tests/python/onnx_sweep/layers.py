"""Ops of the sweep that sum: convolutions, pools, products, norms, reductions, resizing."""
import numpy as np
from draft import fits
from pointwise import bounded


def sums(d):
    d.exact, d.long = False, True


def spread(d, axes):
    """Whether values differ enough to be normalised: a deviation that is next to nothing beside them is rounding."""
    enough(d.value, axes)


def enough(values, axes):
    fits((values.std(axis=axes) / np.maximum(1, np.abs(values).max(axis=axes))).min() > 0.05)


def planes(d, most=3):
    """The number of axes behind [N, C]."""
    fits(3 <= d.value.ndim <= most + 2)
    return d.value.ndim - 2


def window(d, kernel, dilated=True, pads_below_kernel=False):
    """Attributes of a window; auto_pad, pads or none."""
    n = len(kernel)
    attributes = {"strides": d.maybe([d.whole(1, 3) for _ in range(n)])}
    if dilated:
        attributes["dilations"] = d.maybe([d.whole(1, 2) for _ in range(n)], 0.4)
    dilations = attributes.get("dilations") or [1] * n
    mode = d.choice("pads", "pads", "pads", "none", "SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET")
    if mode == "pads":
        most = [k - 1 if pads_below_kernel else (k - 1) * s + 1 for k, s in zip(kernel, dilations)]
        attributes["pads"] = [d.whole(0, m) for m in most + most]
    elif mode != "none":
        attributes["auto_pad"] = mode
    if mode.startswith("SAME") and attributes["strides"]:  # where windows leave gaps, onnxruntime has pads below 0
        attributes["strides"] = [min(s, k) for s, k in zip(attributes["strides"], kernel)]
    return attributes


def conv(d):
    n = planes(d)
    channels = d.value.shape[1]
    group = int(d.choice(*[g for g in range(1, channels + 1) if channels % g == 0]))
    kernel = [d.whole(1, min(4, length + 1)) for length in d.value.shape[2:]]
    out = group * d.whole(1, 3)
    inputs = [d.name, d.operand(d.floats(out, channels // group, *kernel, low=-1, high=1))]
    if d.rng.random() < 0.6:
        inputs.append(d.operand(d.floats(out)))
    sums(d)
    return d.node("Conv", inputs, group=group if group > 1 else d.maybe(1), kernel_shape=d.maybe(kernel),
                  **window(d, kernel))


def conv_transpose(d):
    n = planes(d, 2)
    channels = d.value.shape[1]
    group = int(d.choice(*[g for g in range(1, channels + 1) if channels % g == 0]))
    kernel = [d.whole(1, 4) for _ in range(n)]
    out = d.whole(1, 3)
    attributes = window(d, kernel)
    strides = attributes.get("strides") or [1] * n
    if d.rng.random() < 0.3:
        attributes["output_padding"] = [d.whole(0, s - 1) for s in strides]
    elif d.rng.random() < 0.15:
        attributes.pop("pads", None)
        attributes["output_shape"] = [int(length) * s + d.whole(0, 2) for length, s in zip(d.value.shape[2:], strides)]
    inputs = [d.name, d.operand(d.floats(channels, out, *kernel, low=-1, high=1))]
    if d.rng.random() < 0.5:
        inputs.append(d.operand(d.floats(out * group)))
    sums(d)
    return d.node("ConvTranspose", inputs, group=group if group > 1 else d.maybe(1), kernel_shape=d.maybe(kernel),
                  **attributes)


def pool(op):
    def build(d):
        n = planes(d)
        kernel = [d.whole(1, min(4, length + 1)) for length in d.value.shape[2:]]
        dilates = d.opset >= {"MaxPool": 10, "AveragePool": 19, "LpPool": 18}[op]
        attributes = window(d, kernel, dilated=dilates, pads_below_kernel=True)
        if attributes.get("auto_pad", "").startswith("SAME"):  # onnxruntime forgets the dilations in it
            attributes["dilations"] = None
        if d.opset >= {"MaxPool": 10, "AveragePool": 10, "LpPool": 18}[op]:
            attributes["ceil_mode"] = d.maybe(d.flag())
        if op == "AveragePool":
            attributes["count_include_pad"] = d.maybe(d.flag())
        if op == "LpPool":
            attributes["p"] = d.maybe(d.whole(1, 3))
        d.exact = d.exact and op == "MaxPool"
        return d.node(op, [d.name], kernel_shape=kernel, **attributes)
    return build


def global_pool(op):
    def build(d):
        fits(d.value.ndim >= 3)
        if op != "GlobalMaxPool":
            sums(d)
        return d.node(op, [d.name], p=d.maybe(d.whole(1, 3)) if op == "GlobalLpPool" else None)
    return build


def gemm(d):
    fits(d.value.ndim == 2)
    trans_a, trans_b, out = d.flag(), d.flag(), d.whole(1, 6)
    rows, inner = d.value.shape[::-1] if trans_a else d.value.shape
    b = d.operand(d.floats(*([out, inner] if trans_b else [inner, out])))
    inputs = [d.name, b]
    if d.opset < 11 or d.rng.random() < 0.7:
        inputs.append(d.operand(d.floats(*d.choice([out], [1, out], [rows, 1], [rows, out], [1], [1, 1], []))))
    sums(d)
    return d.node("Gemm", inputs, transA=trans_a or d.maybe(0), transB=trans_b or d.maybe(0),
                  alpha=d.maybe(float(np.float32(d.rng.uniform(-2, 2)))),
                  beta=d.maybe(float(np.float32(d.rng.uniform(-2, 2)))))


def matmul(d):
    fits(d.value.ndim >= 1)
    inner, out = d.value.shape[-1], d.whole(1, 5)
    batch = [n if d.rng.random() < 0.6 else 1 for n in d.value.shape[:-2]]
    while batch and d.rng.random() < 0.3:
        batch = batch[1:]
    shape = [inner] if d.rng.random() < 0.15 else [*batch, inner, out]
    sums(d)
    if d.value.ndim >= 2 and d.rng.random() < 0.3:  # from the left
        return d.node("MatMul", [d.operand(d.floats(*batch, out, d.value.shape[-2])), d.name])
    return d.node("MatMul", [d.name, d.operand(d.floats(*shape))])


EQUATIONS = ["ij,jk->ik", "bij,bjk->bik", "bhid,bhjd->bhij", "...ij,jk->...ik", "ij,kj", "i,i", "ij->ji", "bij->b", "ii->i",
             "bii->bi", "...ii->...i", "ii", "ij,j->i", "bchw,cd->bdhw", "bi,bj->bij", "abc,cd,de->abe", "bij,ij->bi", "i,j",
             "bhwc,hkc->bhwk", "ijk->", "a...->...a", "ij,ji->", "b...,b...->b", "ijij->ij", "ab,cd->dbca"]


def einsum(d):
    """The value is the first operand; the others are made for it."""
    fits(d.opset >= 12)
    equation = d.choice(*EQUATIONS)
    first, *others = equation.split("->")[0].split(",")
    rank, shape = d.value.ndim, d.value.shape
    named = first.replace("...", "")
    fits(rank == len(named) if "..." not in first else len(named) <= rank <= len(named) + 2)
    at = first.find("...")
    axes = range(rank) if at < 0 else [*range(at), *range(rank - len(named) + at, rank)]
    lengths = dict(zip(named, (shape[a] for a in axes)))
    fits(all(shape[a] == lengths[letter] for letter, a in zip(named, axes)))
    inputs = [d.name]
    for other in others:
        dots = list(shape[at : rank - len(named) + at]) if "..." in other else []
        sizes = [lengths.setdefault(letter, d.whole(1, 4)) for letter in other.replace("...", "")]
        k = max(other.find("..."), 0)
        inputs.append(d.operand(d.floats(*sizes[:k], *dots, *sizes[k:])))
    sums(d)
    return d.node("Einsum", inputs, equation=equation)


def batch_norm(d):
    fits(d.value.ndim >= 2)
    n = d.value.shape[1]
    sums(d)
    values = [d.floats(n), d.floats(n), d.floats(n), d.floats(n, low=0.3)]
    return d.node("BatchNormalization", [d.name, *(d.constant(v) for v in values)],
                  epsilon=d.maybe(d.choice(1e-3, 1e-5)), momentum=d.maybe(0.8))


def instance_norm(d):
    fits(d.value.ndim >= 3)
    spread(d, tuple(range(2, d.value.ndim)))
    n = d.value.shape[1]
    sums(d)
    return d.node("InstanceNormalization", [d.name, d.operand(d.floats(n)), d.operand(d.floats(n))],
                  epsilon=d.maybe(d.choice(1e-2, 1e-3)))


def group_norm(d):
    fits(d.opset >= 18 and d.value.ndim >= 3)
    channels = d.value.shape[1]
    groups = int(d.choice(*[g for g in range(1, channels + 1) if channels % g == 0]))
    enough(d.value.reshape(d.value.shape[0], groups, -1), 2)
    n = groups if d.opset < 21 else channels
    sums(d)
    return d.node("GroupNormalization", [d.name, d.operand(d.floats(n)), d.operand(d.floats(n))], num_groups=groups,
                  epsilon=d.maybe(d.choice(1e-2, 1e-3)))


def layer_norm(d):
    fits(d.opset >= 17 and d.value.ndim >= 1)
    axis = d.axis()
    shape = d.value.shape[axis:]
    spread(d, tuple(range(axis % d.value.ndim, d.value.ndim)))
    sums(d)
    inputs = [d.name, *(d.operand(d.floats(*shape)) for _ in range(d.whole(1, 2)))]
    names = d.node("LayerNormalization", inputs, outputs=d.choice(1, 1, 3), axis=axis, epsilon=d.choice(1e-2, 1e-3))
    return names


def lrn(d):
    fits(d.value.ndim == 4)
    sums(d)
    return d.node("LRN", [d.name], size=d.whole(1, 6), alpha=d.maybe(float(np.float32(d.rng.uniform(1e-4, 0.5)))),
                  beta=d.maybe(float(np.float32(d.rng.uniform(0.3, 1)))), bias=d.maybe(d.choice(1.0, 2.0)))


def lp_norm(d):
    sums(d)
    return d.node("LpNormalization", [d.name], axis=d.maybe(d.axis()), p=d.maybe(d.whole(1, 2)))


def mean_variance(d):
    fits(d.opset >= 9 and d.value.ndim >= 2)
    given = d.value.ndim != 4 or d.flag()
    axes = d.axes()
    spread(d, tuple(axes) if given else (0, 2, 3))
    sums(d)
    return d.node("MeanVarianceNormalization", [d.name], axes=axes if given else None)


def reduction(op):
    def build(d):
        by_input = d.opset >= (13 if op == "ReduceSum" else 18)
        axes = d.maybe(d.axes(), 0.85)
        x = d.name
        if op == "ReduceLogSum":
            x = bounded(d, 0.1, 3)
        elif op == "ReduceProd":
            x = bounded(d, 0.6, 1.6)
        if op not in ("ReduceMax", "ReduceMin"):
            sums(d)
        attributes = {"keepdims": d.maybe(d.flag())}
        inputs = [x]
        if axes is not None and by_input:
            inputs.append(d.integers(axes))
        elif axes is not None:
            attributes["axes"] = axes
        if by_input and axes is None:
            attributes["noop_with_empty_axes"] = d.maybe(d.flag())
        return d.node(op, inputs, **attributes)
    return build


def softmax(op):
    def build(d):
        fits(op != "Hardmax" or d.exact)
        axis = d.maybe(d.axis(), 0.8)
        fits(axis is not None or d.value.ndim >= 2)
        if op != "Hardmax":
            sums(d)
        return d.node(op, [d.name], axis=axis)
    return build


def cumulative(d):
    fits(d.opset >= 11)
    axis = d.axis()
    sums(d)
    kind = d.choice(np.int64, np.int32)
    return d.node("CumSum", [d.name, d.constant(np.asarray(axis, kind))], exclusive=d.maybe(d.flag()),
                  reverse=d.maybe(d.flag()))


OPS = {
    "Conv": conv, "ConvTranspose": conv_transpose, "MaxPool": pool("MaxPool"), "AveragePool": pool("AveragePool"),
    "LpPool": pool("LpPool"), "GlobalAveragePool": global_pool("GlobalAveragePool"),
    "GlobalMaxPool": global_pool("GlobalMaxPool"), "GlobalLpPool": global_pool("GlobalLpPool"), "Gemm": gemm,
    "MatMul": matmul, "Einsum": einsum, "BatchNormalization": batch_norm, "InstanceNormalization": instance_norm,
    "GroupNormalization": group_norm, "LayerNormalization": layer_norm, "LRN": lrn, "LpNormalization": lp_norm,
    "MeanVarianceNormalization": mean_variance, "Softmax": softmax("Softmax"), "LogSoftmax": softmax("LogSoftmax"),
    "Hardmax": softmax("Hardmax"), "CumSum": cumulative,
    **{op: reduction(op) for op in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1",
                                    "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare")},
}
