#!/usr/bin/python3
"""Writes attacks.safetensors: the pictures of each step of attacks on a small network, computed with PyTorch in double.

Weights, images and random numbers are drawn as backflow draws them, so that none of them is in the file. Names are
METHOD/NORM/STEP, the values [N, C, H, W]. The C++ side is tests/runtime/attack/torch_test.cpp.
"""
import math
import pathlib

import numpy as np
import torch
from torch.nn import functional as f

import make_ops
import networks

SEED, EPSILON = 5, {"linf": 0.1, "l2": 0.6}
IMAGES, CLASSES, CHANNELS = (2, 2, 10, 10), 5, 4  # CHANNELS of the hidden layer
CONV = networks.draw("conv.weight", (CHANNELS, 2, 3, 3), 18, SEED).double()
CONV_BIAS = networks.draw("conv.bias", (CHANNELS,), 18, SEED).double()
FC = networks.draw("fc.weight", (CLASSES, CHANNELS * 100), CHANNELS * 100, SEED).double()
FC_BIAS = networks.draw("fc.bias", (CLASSES,), CHANNELS * 100, SEED).double()
ORIGINAL = networks.draw_uniform("images", IMAGES, 0.1, 0.9, SEED).double()


def network(x):
    return f.linear(torch.tanh(f.conv2d(12 * x, CONV, CONV_BIAS, padding=1)).flatten(1), FC, FC_BIAS)


LABELS = network(ORIGINAL).argmax(1)


def gradient(loss, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(loss(network(x)), x)[0]


def cross_entropy(z):
    return f.cross_entropy(z, LABELS, reduction="sum")


def norms(x):
    return x.flatten(1).norm(dim=1).view(-1, 1, 1, 1)


def direction(g, norm):
    """Signs near zero would hang on rounding."""
    if norm == "linf":
        assert g.abs().min() > 1e-6 * g.abs().max(), "another SEED, please"
        return g.sign()
    return g / norms(g)


def project(x, norm):
    d, e = x - ORIGINAL, EPSILON[norm]
    d = d.clamp(-e, e) if norm == "linf" else d * (e / norms(d)).clamp(max=1)
    return (ORIGINAL + d).clamp(0, 1)


def fgsm(norm):
    yield project(ORIGINAL + EPSILON[norm] * direction(gradient(cross_entropy, ORIGINAL), norm), norm)


def pgd(norm, steps=4):
    x = ORIGINAL
    for _ in range(steps):
        x = project(x + 2.5 / steps * EPSILON[norm] * direction(gradient(cross_entropy, x), norm), norm)
        yield x


def mim(norm, steps=4, momentum=0.9):
    x, m = ORIGINAL, 0
    for _ in range(steps):
        g = gradient(cross_entropy, x)
        m = momentum * m + g / g.abs().flatten(1).sum(1).view(-1, 1, 1, 1)
        x = project(x + EPSILON[norm] / steps * direction(m, norm), norm)
        yield x


def deepfool(norm, steps=3, overshoot=0.02, candidates=4):
    """Of samples that are not fooled yet; both have to take all steps."""
    x, moved = ORIGINAL, torch.zeros_like(ORIGINAL)
    order = [[k for k in row.tolist() if k != y] for row, y in zip(network(x).argsort(1, descending=True), LABELS)]
    for _ in range(steps):
        z = network(x)
        if (z.argmax(1) != LABELS).all():
            return
        for n in range(IMAGES[0]):
            if z[n].argmax() != LABELS[n]:
                continue
            ways = []
            for k in order[n][:candidates - 1]:
                w = gradient(lambda y, k=k: y[n, k] - y[n, LABELS[n]], x)[n]
                size = w.norm() if norm == "l2" else w.abs().sum()
                ways.append(((z[n, k] - z[n, LABELS[n]]).abs() / size, w, size))
            distance, w, size = min(ways, key=lambda way: way[0])
            moved[n] += (distance + 1e-4) * (w / size if norm == "l2" else w.sign())
            x = x.clone()
            x[n] = (ORIGINAL[n] + (1 + overshoot) * moved[n]).clamp(0, 1)
        yield x


def margins(z):
    """Of the largest other logit over the sample's own."""
    own = f.one_hot(LABELS, CLASSES).bool()
    return z.masked_fill(own, -math.inf).max(1)[0] - z[own]


def carlini_wagner(_, steps=4, searches=3, rate=0.05):
    low, high, constant = torch.zeros(IMAGES[0]), torch.full((IMAGES[0],), 1e10), torch.full((IMAGES[0],), 0.01)
    low, high, constant = low.double(), high.double(), constant.double()
    for _ in range(searches):
        w = torch.atanh(0.999999 * (2 * ORIGINAL - 1)).requires_grad_()
        adam, fooled = torch.optim.Adam([w], rate), torch.zeros(IMAGES[0], dtype=bool)
        for _ in range(steps):
            x = (torch.tanh(w) + 1) / 2
            margin = margins(network(x))
            fooled |= margin.detach() > 0
            loss = ((x - ORIGINAL) ** 2).sum() + (constant * (-margin).clamp(min=0)).sum()
            adam.zero_grad()
            loss.backward()
            adam.step()
            yield ((torch.tanh(w) + 1) / 2).detach()
        fooled |= margins(network((torch.tanh(w) + 1) / 2)).detach() > 0
        high, low = torch.where(fooled, constant, high), torch.where(fooled, low, constant)
        constant = torch.where(high < 1e10, (low + high) / 2, constant * 10)


class Draws:
    """runtime/attack/ball.h."""

    def __init__(self, sample):
        self.sample, self.stream = sample, networks.stream_of("square 0")

    def word(self, step, i):
        c, k = [i // 4, self.sample, step, self.stream], [SEED, 0]
        for _ in range(10):
            p, q = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
            c = [(q >> 32) ^ c[1] ^ k[0], q & 0xFFFFFFFF, (p >> 32) ^ c[3] ^ k[1], p & 0xFFFFFFFF]
            k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
        return c[i % 4]

    def turned(self, step, i):
        return (self.word(step, i) >> 8) * 2.0**-24 > 0.5

    def below(self, step, i, count):
        return self.word(step, i) * count >> 32

    def sign(self, step, i):
        return 1.0 if self.word(step, i) >> 31 else -1.0


def share(query, queries, first=0.8):
    done = query * 10000 // queries
    return first / 2 ** sum(done > after for after in (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000))


def rectangles(height, width):
    """AutoAttack's eta_rectangles."""
    delta = torch.zeros(height, width).double()
    half = [height // 2, width // 2]
    top, left = half
    for k in range(max(half) + 1):
        delta[max(top, 0):min(top + 2 * k + 1, height), max(left, 0):min(left + 2 * k + 1, width)] += 1 / (k + 1) ** 2
        top, left = top - 1, left - 1
    return delta / (delta.norm() + 1e-12)


def bump(side, turned):
    """AutoAttack's eta."""
    delta = torch.cat([rectangles(side // 2, side), -rectangles(side - side // 2, side)])
    delta /= delta.norm()
    return delta.T if turned else delta


def first_query(n, norm, draws):
    d, (_, channels, height, width) = torch.zeros(IMAGES[1:]).double(), IMAGES
    if norm == "linf":
        for c in range(channels):
            for x in range(width):
                d[c, :, x] = EPSILON[norm] * draws.sign(0, c * width + x)
        return d
    side, word = max(1, min(height, width) // 5), 0
    for top in range(height % side // 2, height - side + 1, side):
        for left in range(width % side // 2, width - side + 1, side):
            shape = bump(side, draws.turned(0, word))
            word += 1
            for c in range(channels):
                d[c, top:top + side, left:left + side] += draws.sign(0, word) * shape
                word += 1
    return EPSILON[norm] * d / d.norm()


def next_query(d, norm, draws, query, queries):
    d, (_, channels, height, width) = d.clone(), IMAGES
    side = int(math.sqrt(share(query - 1, queries) * height * width) + 0.5)
    if norm == "linf":
        top, left = draws.below(query, 0, height - side + 1), draws.below(query, 1, width - side + 1)
        for c in range(channels):
            d[c, top:top + side, left:left + side] += 2 * EPSILON[norm] * draws.sign(query, 2 + c)
        return d
    side = min(max(side, 3) | 1, min(height, width))
    y1, x1, y2, x2 = (draws.below(query, i, n - side + 1) for i, n in enumerate((height, width) * 2))
    shape, norm_before = bump(side, draws.turned(query, 4)), d.norm()
    both = torch.zeros(height, width, dtype=bool)
    both[y1:y1 + side, x1:x1 + side] = both[y2:y2 + side, x2:x2 + side] = True
    spare = max(0, EPSILON[norm] ** 2 - norm_before**2) / channels
    for c in range(channels):
        budget = (spare + (d[c][both] ** 2).sum()) ** 0.5
        old = d[c, y1:y1 + side, x1:x1 + side].clone()
        new = draws.sign(query, 5 + c) * shape + old / (1e-12 + old.norm())
        d[c, y2:y2 + side, x2:x2 + side] = 0
        d[c, y1:y1 + side, x1:x1 + side] = new / (1e-12 + new.norm()) * budget
    return EPSILON[norm] * d / d.norm()


def square(norm, queries=8):
    best, best_margin = ORIGINAL, torch.full((IMAGES[0],), -math.inf).double()
    for query in range(queries):
        rows = []
        for n in range(IMAGES[0]):
            draws, d = Draws(n), best[n] - ORIGINAL[n]
            rows.append(next_query(d, norm, draws, query, queries) if query else first_query(n, norm, draws))
        x = project(ORIGINAL + torch.stack(rows), norm)
        yield x
        margin = margins(network(x))
        better = margin > best_margin
        best_margin = torch.where(better, margin, best_margin)
        best = torch.where(better.view(-1, 1, 1, 1), x, best)


def main():
    tensors = {}
    for method in (fgsm, pgd, mim, deepfool, carlini_wagner, square):
        for norm in ("l2",) if method is carlini_wagner else ("linf", "l2"):
            for step, x in enumerate(method(norm), 1):
                tensors[f"{method.__name__}/{norm}/{step}"] = np.ascontiguousarray(x.numpy().astype(np.float32))
    path = pathlib.Path(__file__).with_name("attacks.safetensors")
    make_ops.write(path, tensors)
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
