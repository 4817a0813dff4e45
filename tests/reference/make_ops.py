#!/usr/bin/python3
"""Writes ops.safetensors: what PyTorch computes where an op's meaning is subtle.

Names are CASE/VALUE; d… is the gradient for the cotangent dy. The C++ side, which has the options of each case, is
tests/runtime/pytorch_ops_test.cpp.
"""
import json
import pathlib

import numpy as np
import torch
from torch.nn import functional as f

torch.manual_seed(7)


def differentiate(function, **inputs):
    """Inputs, y = function(inputs), a random cotangent dy, and the gradients of the inputs with a floating type."""
    floats = {n: x.requires_grad_() for n, x in inputs.items() if x.is_floating_point()}
    y = function(**inputs)
    dy = torch.randn_like(y) if y.dim() else torch.ones_like(y)
    gradients = torch.autograd.grad(y, list(floats.values()), dy)
    return {**inputs, "y": y, "dy": dy, **{f"d{n}": g for n, g in zip(floats, gradients)}}


def convolutions():
    shapes = {  # name: input, weights, options
        "conv_stride": ((2, 3, 7, 6), (4, 3, 3, 3), {"stride": 2, "padding": 1}),
        "conv_dilation": ((2, 2, 8, 9), (3, 2, 3, 2), {"dilation": 2, "padding": (2, 0)}),
        "conv_groups": ((2, 4, 5, 6), (6, 2, 3, 3), {"groups": 2, "stride": (1, 2)}),
        "conv_depthwise": ((1, 4, 6, 5), (4, 1, 3, 3), {"groups": 4, "padding": 1}),
    }
    for name, (x, w, options) in shapes.items():
        yield name, differentiate(lambda x, w, b, o=options: f.conv2d(x, w, b, **o),
                                  x=torch.randn(x), w=torch.randn(w) * 0.3, b=torch.randn(w[0]))


def pools():
    with_ties = torch.randint(-3, 4, (2, 3, 7, 8)).float()
    yield "max_pool_ceil", differentiate(lambda x: f.max_pool2d(x, 3, 2, 1, ceil_mode=True), x=with_ties)
    yield "max_pool_ceil_outside", differentiate(  # the last window would begin in the padding: PyTorch drops it
        lambda x: f.max_pool2d(x, 2, 2, 1, ceil_mode=True), x=torch.randn(1, 2, 6, 5))
    for ceil in (False, True):
        for count in (False, True):
            name = f"avg_pool_{'ceil' if ceil else 'floor'}_{'with' if count else 'without'}_padding"
            yield name, differentiate(lambda x, c=ceil, p=count: f.avg_pool2d(x, 3, 2, 1, c, p),
                                      x=torch.randn(2, 2, 6, 7))


def batch_norm():
    mean, variance = torch.randn(3), torch.rand(3) + 0.5
    before = {"running_mean": mean.clone(), "running_var": variance.clone()}
    values = differentiate(lambda x, w, b: f.batch_norm(x, mean, variance, w, b, training=True, momentum=0.2, eps=1e-3),
                           x=torch.randn(4, 3, 3, 2) * 2 + 1, w=torch.rand(3) + 0.5, b=torch.randn(3))
    yield "batch_norm", {**values, **before, "mean_after": mean, "var_after": variance}


def losses():
    logits, labels = torch.randn(5, 4) * 3, torch.tensor([0, 3, 1, 1, 2], dtype=torch.int32)
    for smoothing in (0.0, 0.1):
        yield f"cross_entropy_{'smooth' if smoothing else 'plain'}", differentiate(
            lambda x, labels, s=smoothing: f.cross_entropy(x, labels.long(), label_smoothing=s),
            x=logits.clone(), labels=labels)
    target = torch.tensor([0.0, 1, 0, 1, 0, 1, 0.25, 1, 0, 0.5])
    p = torch.tensor([0.0, 1, 1, 0, 1e-30, 1e-45, 0.75, 1 - 2**-24, 2**-24, 0.5])
    yield "bce_saturated", differentiate(lambda p, t: f.binary_cross_entropy(p, t), p=p, t=target)
    x = torch.tensor([-200.0, -104, -90, -30, -17, -1, 0, 1, 16, 17, 18, 30, 90, 200] * 2)
    t = torch.cat([torch.zeros(14), torch.ones(14)])
    yield "bce_of_sigmoid", differentiate(lambda x, t: f.binary_cross_entropy(x.sigmoid(), t), x=x, t=t)


def updates():
    optimizers = {
        "sgd_nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        "sgd_momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8),
        "adam": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.8, 0.99), weight_decay=0.1),
    }
    for name, make in optimizers.items():
        w = torch.randn(9).requires_grad_()
        gradients = torch.randn(5, 9) * torch.logspace(-6, 2, 9)
        optimizer, first, steps = make([w]), w.detach().clone(), []
        for g in gradients:
            w.grad = g.clone()
            optimizer.step()
            steps.append(w.detach().clone())
        yield name, {"w": first, "g": gradients, "steps": torch.stack(steps)}


def write(path, tensors):
    header, offset = {"__metadata__": {"torch": torch.__version__}}, 0
    tensors = dict(sorted(tensors.items(), key=lambda item: -item[1].itemsize))  # bytes last: the others are aligned
    for name, t in tensors.items():
        kind = {np.dtype("f4"): "F32", np.dtype("i4"): "I32", np.dtype("u1"): "U8"}[t.dtype]
        header[name] = {"dtype": kind, "shape": list(t.shape), "data_offsets": [offset, offset + t.nbytes]}
        offset += t.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(t.tobytes() for t in tensors.values()))


def main():
    tensors = {f"{case}/{name}": np.ascontiguousarray(value.detach().numpy())
               for part in (convolutions, pools, batch_norm, losses, updates) for case, values in part()
               for name, value in values.items()}
    path = pathlib.Path(__file__).with_name("ops.safetensors")
    write(path, tensors)
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
