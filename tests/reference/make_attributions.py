#!/usr/bin/python3
"""Writes attributions.safetensors: explanations of a small network by torch's autograd, in the formulas of captum.

The network, whose weights are backflow's first ones for seed 1, is that of tests/support/explained_network.h; the options
are those of tests/runtime/explain/attribution_test.cpp."""
import math
import pathlib

import numpy as np
import torch
from torch.nn import functional as f

from make_ops import write
from networks import draw, philox, stream_of

SIDE, MEAN, DEVIATION, TARGET, SEED = 12, 0.4, 0.25, 3, 3


class Network:
    """conv – relu – pool – two convolutions with relus side by side – conv – relu – mean over places – linear."""

    def __init__(self):
        self.values = {}
        for name, shape in (("conv1", (6, 3, 3, 3)), ("left", (5, 6, 3, 3)), ("right", (4, 6, 1, 1)), ("conv2", (8, 9, 3, 3)),
                            ("fc", (5, 8))):
            fan_in = math.prod(shape[1:])
            self.values[name] = draw(f"{name}.weight", shape, fan_in, 1), draw(f"{name}.bias", shape[:1], fan_in, 1)

    def conv(self, name, x, padding):
        return f.conv2d(x, *self.values[name], padding=padding)

    def __call__(self, x, relu=torch.relu):
        x = f.max_pool2d(relu(self.conv("conv1", x, 1)), 2)
        self.both = torch.cat([relu(self.conv("left", x, 1)), relu(self.conv("right", x, 0))], 1)
        x = relu(self.conv("conv2", self.both, 0)).mean((2, 3))
        return 10 * f.linear(x, *self.values["fc"])


class GuidedRelu(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(context, dy):
        return torch.relu(dy * (context.saved_tensors[0] > 0))


net = Network()


def gradient(x, **more):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(net(x, **more)[:, TARGET].sum(), x)[0]


def logit(x):
    with torch.no_grad():
        return net(x)[:, TARGET]


def probability(x):
    with torch.no_grad():
        return net(x).softmax(1)[:, TARGET]


def normals(step, count):
    """ops/gaussian_noise.cpp: Box and Muller on pairs of words; images are in the order [H, W, C]."""
    words = philox(SEED, stream_of("smoothgrad"), (count + 3) // 4, step).reshape(-1, 2).astype(np.float64)
    radius, angle = np.sqrt(-2 * np.log((words[:, 0] + 1) * 2.0**-32)), 2 * np.pi * words[:, 1] * 2.0**-32
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)[:count].astype(np.float32)


def smoothgrad(x, samples, noise):
    stddev = noise * (x.max() - x.min())
    noise = [torch.from_numpy(normals(k, x.numel()).reshape(1, SIDE, SIDE, 3)).permute(0, 3, 1, 2) for k in range(samples)]
    return sum(gradient(x + stddev * n) for n in noise) / samples


def integrated(x, baseline, steps):
    """captum's IntegratedGradients, method gausslegendre."""
    at, weights = np.polynomial.legendre.leggauss(steps)
    total = sum(w / 2 * gradient(baseline + (1 + a) / 2 * (x - baseline)).double() for a, w in zip(at, weights))
    return (x - baseline).double() * total


def grad_cam(x):
    """captum's LayerGradCam with relu_attributions, before it is enlarged."""
    score = net(x.requires_grad_())[:, TARGET].sum()
    alpha = torch.autograd.grad(score, net.both)[0].mean((2, 3), keepdim=True)
    return torch.relu((alpha * net.both).sum(1, keepdim=True))


def occlusion(x, window, stride):
    """captum's Occlusion, one window for all channels, the baseline 0."""
    counts = [math.ceil((SIDE - window) / stride) + 1] * 2
    total, weights, full = torch.zeros(SIDE, SIDE), torch.zeros(SIDE, SIDE), logit(x)
    for row in range(counts[0]):
        for column in range(counts[1]):
            mask = torch.zeros(SIDE, SIDE)
            mask[row * stride:row * stride + window, column * stride:column * stride + window] = 1
            total += (full - logit(x * (1 - mask))) * mask
            weights += mask
    return total / weights


def rise(x, masks, cells, keep):
    """The masks of the paper's program; the random numbers are runtime/explain/masks.cpp's."""
    cell, sum_ = math.ceil(SIDE / cells), torch.zeros(SIDE, SIDE)
    for k in range(masks):
        words = philox(SEED, stream_of("rise"), (cells * cells + 2 + 3) // 4, k).reshape(-1)
        uniform = (words >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
        grid = torch.from_numpy((uniform[:cells * cells] < keep).astype(np.float32)).reshape(1, 1, cells, cells)
        up, left = (int(u * cell) for u in uniform[cells * cells:cells * cells + 2])
        large = f.interpolate(grid, size=(cells + 1) * cell, mode="bilinear", align_corners=False)
        mask = large[0, 0, up:up + SIDE, left:left + SIDE]
        sum_ += probability(x * mask) * mask
    return sum_ / masks / keep


def deletion(x, scores, steps):
    """Probabilities as ever more of the pixels with the highest scores become 0."""
    order = np.argsort(-scores.reshape(-1).numpy(), kind="stable")
    result = []
    for step in range(steps + 1):
        mask = torch.ones(SIDE * SIDE)
        mask[order[:len(order) * step // steps].copy()] = 0
        result.append(probability(x * mask.reshape(SIDE, SIDE)))
    return torch.cat(result)


def main():
    draws = np.random.default_rng(5)
    coarse = torch.from_numpy(draws.uniform(0, 255, (1, 3, 4, 4)))
    image = f.interpolate(coarse, size=SIDE, mode="bilinear", align_corners=False)[0].permute(1, 2, 0).round().to(torch.uint8)
    x = ((image.permute(2, 0, 1).float() / 255 - MEAN) / DEVIATION).unsqueeze(0)
    zero, black = torch.zeros_like(x), torch.full_like(x, -MEAN / DEVIATION)
    cam = grad_cam(x.clone())
    tensors = {"image": image, "saliency": gradient(x)[0], "smoothgrad": smoothgrad(x, 6, 0.2)[0],
               "gradient-x-input": (x * gradient(x))[0], "integrated": integrated(x, zero, 10)[0].float(),
               "integrated.black": integrated(x, black, 10)[0].float(), "grad-cam": cam[0, 0],
               "grad-cam.map": f.interpolate(cam, size=SIDE, mode="bilinear", align_corners=False)[0, 0],
               "guided": gradient(x, relu=GuidedRelu.apply)[0], "occlusion": occlusion(x, 4, 3), "rise": rise(x, 20, 3, 0.5),
               "completeness": torch.stack([integrated(x, zero, 10).sum().float(), (logit(x) - logit(zero))[0]]),
               "deletion": deletion(x, gradient(x)[0].abs().max(0)[0], 6)}
    path = pathlib.Path(__file__).with_name("attributions.safetensors")
    write(path, {name: np.ascontiguousarray(value.detach().numpy()) for name, value in tensors.items()})
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
