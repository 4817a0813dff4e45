"""Ops of the sweep that work on single elements, with broadcasting."""
import numpy as np
from draft import fits
from onnx import TensorProto


def bounded(d, low, high):
    """The result so far, brought into low … high where it is not."""
    if d.value.size and d.value.min() >= low and d.value.max() <= high:
        return d.name
    d.exact = False
    squashed = d.node("Sigmoid", [d.name])
    wide = d.node("Mul", [squashed, d.constant(np.float32(high - low))])
    return d.node("Add", [wide, d.constant(np.float32(low))])


def function(op, opset=7, low=-10, high=10, steps=False, exact=False):
    """Of one value; `steps` says that it jumps, `exact` that no digit depends on who computes it."""
    def build(d):
        fits(d.opset >= opset and (d.exact or not steps))
        x = bounded(d, low, high)
        fits(d.exact or not steps)
        d.exact = d.exact and (exact or steps)
        return d.node(op, [x])
    return build


def activation(op, opset=7, low=-10, high=10, steps=False, until=22, **ranges):
    """With attributes, each left out at times."""
    def build(d):
        fits(opset <= d.opset <= until and (d.exact or not steps))
        attributes = {name: d.maybe(float(np.float32(d.rng.uniform(*r)))) for name, r in ranges.items()}
        x = bounded(d, low, high)
        fits(d.exact or not steps)
        d.exact = False
        return d.node(op, [x], **attributes)
    return build


def other_shape(d):
    """A shape that broadcasts with the value's, perhaps of more axes."""
    shape = [n if d.rng.random() < 0.6 else 1 for n in d.value.shape]
    while shape and d.rng.random() < 0.25:
        shape = shape[1:]
    if len(shape) == d.value.ndim < 5 and d.rng.random() < 0.15:
        shape = [d.whole(1, 3), *shape]
    return shape


def pair(d, x, other):
    return [x, other] if d.rng.random() < 0.5 else [other, x]


def binary(op, exact=True):
    def build(d):
        other = d.operand(d.floats(*other_shape(d)))
        d.exact = d.exact and exact and op != "Mul"
        return d.node(op, pair(d, d.name, other))
    return build


def division(d):
    divisor = d.floats(*other_shape(d))
    d.exact = False
    return d.node("Div", [d.name, d.operand(np.where(divisor < 0, divisor - 0.5, divisor + 0.5).astype(np.float32))])


def power(d):
    d.exact = False
    if d.rng.random() < 0.5:
        exponent = d.choice(np.float32(2), np.float32(3), np.float32([0.5]), np.float32(-1), np.float32(1), np.float32(0))
        whole = exponent.dtype == np.float32 and float(exponent.ravel()[0]) in (2, 3)
        return d.node("Pow", [d.name if whole else bounded(d, 0.2, 4), d.constant(exponent)])
    return d.node("Pow", [bounded(d, 0.2, 4), d.operand(d.floats(*other_shape(d)))])


def several(op):
    def build(d):
        fits(d.opset >= 8)
        others = [d.operand(d.floats(*other_shape(d))) for _ in range(d.whole(0, 2))]
        d.exact = d.exact and op in ("Max", "Min")
        return d.node(op, [d.name, *others])
    return build


def compared(d):
    """A comparison, perhaps combined, that chooses between values."""
    fits(d.exact)
    names = ["Greater", "Less"] if d.opset < 12 else ["Greater", "Less", "GreaterOrEqual", "LessOrEqual"]
    fits(d.opset >= 9)
    held = d.node(d.choice(*names), pair(d, d.name, d.operand(d.floats(*other_shape(d)))))
    if d.rng.random() < 0.5:
        second = d.node("Greater", [d.name, d.operand(d.floats(*other_shape(d)))])
        held = d.node(d.choice("And", "Or", "Xor"), [held, second])
    if d.rng.random() < 0.3:
        held = d.node("Not", [held])
    if d.rng.random() < 0.3:
        return d.node("Cast", [held], to=TensorProto.FLOAT)
    return d.node("Where", [held, *pair(d, d.name, d.operand(d.floats(*other_shape(d))))])


def equal(d):
    fits(d.exact and d.opset >= 11)
    rounded = d.node("Round", [d.name])
    other = np.round(d.floats(*other_shape(d)))
    return d.node("Cast", [d.node("Equal", pair(d, rounded, d.operand(other)))], to=TensorProto.FLOAT)


def casts(d):
    """To another type and back."""
    fits(d.exact and d.opset >= 9)
    kind = d.choice(TensorProto.INT32, TensorProto.INT64, TensorProto.DOUBLE, TensorProto.BOOL)
    return d.node("Cast", [d.node("Cast", [d.name], to=kind)], to=TensorProto.FLOAT)


def modulo(d):
    """Of floats fmod, of whole numbers either."""
    fits(d.exact and d.opset >= 10)
    divisor = d.floats(*other_shape(d))
    divisor = np.where(divisor < 0, divisor - 1, divisor + 1).astype(np.float32)
    if d.rng.random() < 0.5:
        return d.node("Mod", [d.name, d.operand(divisor)], fmod=1)
    x = d.node("Cast", [d.name], to=TensorProto.INT64)
    y = d.node("Mod", [x, d.operand(divisor.astype(np.int64))], fmod=d.maybe(d.flag()))
    return d.node("Cast", [y], to=TensorProto.FLOAT)


def clip(d):
    low, high = np.float32(np.sort(d.rng.uniform(-2, 2, 2)))
    if d.rng.random() < 0.2:
        low, high = np.float32(0), np.float32(6)
    if d.opset < 11:
        return d.node("Clip", [d.name], min=d.maybe(float(low)), max=d.maybe(float(high)))
    bounds = [d.operand(b) if d.rng.random() < 0.7 else "" for b in (low, high)]
    return d.node("Clip", [d.name, *bounds])


def prelu(d):
    fits(d.value.ndim)
    slope = [n if d.rng.random() < 0.6 else 1 for n in d.value.shape]
    d.exact = False
    return d.node("PRelu", [d.name, d.operand(d.floats(*slope))])


def gelu(d):
    fits(d.opset >= 20)
    d.exact = False
    return d.node("Gelu", [bounded(d, -10, 10)], approximate=d.maybe(d.choice("none", "tanh")))


def infinite(d):
    """IsInf and IsNaN of what division by zero gives."""
    fits(d.exact and d.opset >= 10)
    x = d.node("Div", [d.node("Round", [d.name]) if d.opset >= 11 else d.node("Floor", [d.name]),
                       d.constant(np.float32(0))])
    if d.rng.random() < 0.3:
        return d.node("Cast", [d.node("IsNaN", [x])], to=TensorProto.FLOAT)
    found = d.node("IsInf", [x], detect_positive=d.maybe(d.flag()), detect_negative=d.maybe(d.flag()))
    return d.node("Cast", [found], to=TensorProto.FLOAT)


def quantized(d):
    """To 8 bits and back, by one scale or one for each place of an axis."""
    fits(d.exact and d.opset >= 10)
    by_axis = d.opset >= 13 and d.value.ndim > 0 and d.rng.random() < 0.5
    axis = d.axis() if by_axis else None
    shape = [d.value.shape[axis]] if by_axis else []
    kind = d.choice(np.uint8, np.int8)
    scale = (d.floats(*shape, low=0.02, high=0.2) if shape else np.float32(d.rng.uniform(0.02, 0.2)))
    zero = d.rng.integers(0, 100, shape).astype(kind) if shape else np.asarray(d.whole(0, 100), kind)
    attributes = {} if axis is None else {"axis": axis}
    inputs = [d.constant(scale), d.constant(zero)]
    y = d.node("QuantizeLinear", [d.name, *inputs], **attributes)
    d.exact = False
    return d.node("DequantizeLinear", [y, *inputs], **attributes)


def dynamically_quantized(d):
    """The scale comes from a division, whose last digit may round a value to either side; few values seldom lie there."""
    fits(d.exact and d.opset >= 11 and d.value.size < 100)
    y, scale, zero = d.node("DynamicQuantizeLinear", [d.name], outputs=3)
    d.exact = False
    return d.node("DequantizeLinear", [y, scale, zero])


OPS = {
    "DynamicQuantizeLinear": dynamically_quantized,
    "Add": binary("Add"), "Sub": binary("Sub"), "Mul": binary("Mul"), "Div": division, "Pow": power,
    "Max": several("Max"), "Min": several("Min"), "Sum": several("Sum"), "Mean": several("Mean"),
    "Compare": compared, "Equal": equal, "Cast": casts, "Mod": modulo, "Clip": clip, "PRelu": prelu, "Gelu": gelu,
    "IsInf": infinite, "QuantizeLinear": quantized,
    "Abs": function("Abs", exact=True), "Neg": function("Neg", exact=True), "Relu": function("Relu", exact=True),
    "Identity": function("Identity", exact=True), "Floor": function("Floor", steps=True),
    "Ceil": function("Ceil", steps=True), "Round": function("Round", 11, steps=True),
    "Sign": function("Sign", 9, steps=True), "Exp": function("Exp", high=5), "Log": function("Log", low=0.3),
    "Sqrt": function("Sqrt", low=0.05), "Reciprocal": function("Reciprocal", low=0.3), "Erf": function("Erf", 9),
    "Sin": function("Sin"), "Cos": function("Cos"), "Tan": function("Tan", low=-1, high=1),
    "Asin": function("Asin", low=-0.9, high=0.9), "Acos": function("Acos", low=-0.9, high=0.9), "Atan": function("Atan"),
    "Sinh": function("Sinh", 9, -4, 4), "Cosh": function("Cosh", 9, -4, 4), "Asinh": function("Asinh", 9),
    "Acosh": function("Acosh", 9, 1.2), "Atanh": function("Atanh", 9, -0.9, 0.9), "Tanh": function("Tanh"),
    "Sigmoid": function("Sigmoid"), "Softplus": function("Softplus"), "Softsign": function("Softsign"),
    "HardSwish": function("HardSwish", 14), "Mish": function("Mish", 18),
    "Elu": activation("Elu", alpha=(0.1, 2)), "Selu": activation("Selu", alpha=(0.5, 2), gamma=(0.5, 2)),
    "Celu": activation("Celu", 12, alpha=(0.3, 2)), "LeakyRelu": activation("LeakyRelu", alpha=(-0.5, 1.5)),
    "HardSigmoid": activation("HardSigmoid", alpha=(0.1, 0.6), beta=(0.1, 0.9)),
    "ThresholdedRelu": activation("ThresholdedRelu", 10, steps=True, alpha=(0.1, 1.5)),
    "Affine": activation("Affine", until=9, alpha=(-2, 2), beta=(-2, 2)),
    "ParametricSoftplus": activation("ParametricSoftplus", until=9, alpha=(-2, 2), beta=(-2, 2)),
    "ScaledTanh": activation("ScaledTanh", until=9, alpha=(-2, 2), beta=(-2, 2)),
    "Shrink": activation("Shrink", 9, steps=True, lambd=(0.1, 1), bias=(-0.5, 0.5)),
}
