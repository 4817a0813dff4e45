"""Resize and GridSample, in the forms of their opsets."""
import numpy as np
from draft import fits

COORDINATES = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]


def resize(d):
    fits(d.opset >= 10 and d.value.ndim in (3, 4))
    mode = d.choice("nearest", "linear", *(["cubic"] if d.opset >= 11 and d.value.ndim == 4 else []))
    d.exact = False
    if d.opset == 10:
        scales = np.float32([1, 1, *(d.choice(0.5, 1, 1.5, 2, 3) for _ in d.value.shape[2:])])
        return d.node("Resize", [d.name, d.constant(scales)], mode=d.maybe(mode) or mode)
    attributes = {"mode": mode, "coordinate_transformation_mode": d.maybe(d.choice(*COORDINATES), 0.8)}
    if mode == "nearest":
        attributes["nearest_mode"] = d.maybe(d.choice("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"))
    if mode == "cubic":
        attributes["cubic_coeff_a"] = d.maybe(d.choice(-0.5, -0.75))
        attributes["exclude_outside"] = d.maybe(d.flag())
    if d.opset >= 18 and mode != "nearest" and d.rng.random() < 0.3:
        attributes["antialias"] = 1
    if d.rng.random() < 0.5:
        sizes = [*d.value.shape[:2], *(d.whole(1, 2 * n) for n in d.value.shape[2:])]
        inputs = [d.name, "", "", d.integers(sizes)]
    else:
        scales = np.float32([1, 1, *(d.choice(0.5, 0.75, 1, 1.5, 2, 2.5) for _ in d.value.shape[2:])])
        inputs = [d.name, "", d.constant(scales)]
        # ONNX's own tests take the length before it is rounded, which onnxruntime does not.
        whole = all(float(s) * n % 1 == 0 for s, n in zip(scales, d.value.shape))
        fits(whole or attributes["coordinate_transformation_mode"] != "align_corners")
    if d.opset < 13:
        inputs[1] = d.constant(np.zeros(0, np.float32))
        if len(inputs) == 4:
            inputs[2] = d.constant(np.zeros(0, np.float32))
    return d.node("Resize", inputs, **attributes)


def grid_sample(d):
    fits(d.opset >= 16 and d.value.ndim == 4)
    n = d.value.shape[0]
    grid = d.floats(n, d.whole(1, 4), d.whole(1, 4), 2, low=-1.6, high=1.6)
    linear, cubic = ("bilinear", "bicubic") if d.opset < 20 else ("linear", "cubic")
    mode = d.choice(linear, linear, "nearest", cubic)
    d.exact = False
    return d.node("GridSample", [d.name, d.operand(grid)], mode=mode if mode != linear else d.maybe(linear),
                  padding_mode=d.maybe(d.choice("zeros", "border", "reflection")), align_corners=d.maybe(d.flag()))


OPS = {"Resize": resize, "GridSample": grid_sample}
