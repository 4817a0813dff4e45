#!/usr/bin/python3
"""Robust training of the convnet in PyTorch: the same as `train --robust linf:EPSILON`.

Without --epochs the step of robust_step.cpp, which rounds.h says how to drive. With --epochs it trains on Fashion-MNIST
and writes the weights. With --measure FILE… it prints clean and robust accuracy of weights, of train or of this script,
against projected ascent of many steps from several starts: a line for each."""
import argparse
import json
import math
import pathlib
import struct
import sys

import numpy
import torch
from torch.nn.functional import cross_entropy

import torch_step
from torch_step import networks


class OfPixels(torch.nn.Module):
    def __init__(self, net, mean=0.286, deviation=0.353):
        super().__init__()
        self.net, self.mean, self.deviation = net, mean, deviation

    def forward(self, x):
        return self.net((x - self.mean) / self.deviation)


def attack(net, pixels, labels, epsilon, steps, rate):
    """Projected ascent from a random start; no gradients of weights."""
    x = (pixels + torch.empty_like(pixels).uniform_(-epsilon, epsilon)).clamp_(0, 1)
    low, high = (pixels - epsilon).clamp_(0, 1), (pixels + epsilon).clamp_(0, 1)
    for p in net.parameters():
        p.requires_grad_(False)
    for _ in range(steps):
        x.requires_grad_(True)
        gradient, = torch.autograd.grad(cross_entropy(net(x), labels), x)
        x = torch.minimum(torch.maximum(x.detach() + rate * gradient.sign(), low), high)
    for p in net.parameters():
        p.requires_grad_(True)
    return x


def robust_step(net, optimizer, pixels, labels, a):
    x = attack(net, pixels, labels, a.epsilon, a.attack, 2.5 * a.epsilon / a.attack)
    optimizer.zero_grad(set_to_none=True)
    cross_entropy(net(x), labels).backward()
    optimizer.step()


def timed_step(a):
    net = OfPixels(networks.Cnn())
    pixels, labels = torch.rand(a.batch, 1, 28, 28), torch.randint(10, (a.batch,))
    if a.channels_last:
        net, pixels = net.to(memory_format=torch.channels_last), pixels.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-5, momentum=0.9)
    return lambda: robust_step(net, optimizer, pixels, labels, a)


def data_sets():
    images, labels, mean, deviation = networks.training_set()
    test_images, test_labels = networks.test_set(mean, deviation)
    to_pixels = lambda x: (x * deviation + mean).clamp_(0, 1)
    return to_pixels(images), labels, to_pixels(test_images), test_labels, float(mean), float(deviation)


def train(a):
    images, labels, _, _, mean, deviation = data_sets()
    net = OfPixels(networks.Cnn(), mean, deviation)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    steps = a.epochs * math.ceil(len(labels) / a.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2)
    for _ in range(a.epochs):
        for rows in torch.randperm(len(labels)).split(a.batch):
            robust_step(net, optimizer, images[rows], labels[rows], a)
            schedule.step()
    torch.save(net.net.state_dict(), a.out)


def weights_of(file):
    """Of this script, or of train: a safetensors file."""
    if file.suffix == ".pt":
        return torch.load(file)
    whole = file.read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    header = json.loads(whole[8:8 + length])
    header.pop("__metadata__", None)
    values = {name: numpy.frombuffer(whole[8 + length:][slice(*e["data_offsets"])], "<f4").reshape(e["shape"]).copy()
              for name, e in header.items()}
    return {name: torch.from_numpy(value) for name, value in values.items()}


def measure(a):
    _, _, images, labels, mean, deviation = data_sets()
    images, labels = images[:a.samples], labels[:a.samples]
    for file in a.measure:
        torch.manual_seed(1)
        net = OfPixels(networks.Cnn(), mean, deviation)
        net.net.load_state_dict(weights_of(file))
        clean, robust = 0, 0
        for x, y in zip(images.split(250), labels.split(250)):
            with torch.no_grad():
                right = net(x).argmax(1) == y
            clean += right.sum().item()
            for _ in range(a.starts):
                moved = attack(net, x, y, a.epsilon, a.attack, 2.5 * a.epsilon / a.attack)
                with torch.no_grad():
                    right &= net(moved).argmax(1) == y
            robust += right.sum().item()
        print(clean / len(labels), robust / len(labels), flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--epsilon", type=float, default=0.1)
    p.add_argument("--attack", type=int, default=7, help="steps")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--channels-last", action="store_true")
    p.add_argument("--epochs", type=int, default=0)
    p.add_argument("--out", help="where to write the weights, a .pt")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--measure", nargs="+", type=pathlib.Path, default=[])
    p.add_argument("--starts", type=int, default=5)
    p.add_argument("--samples", type=int, default=10000)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(a.seed)
    if a.measure:
        measure(a)
    elif a.epochs > 0:
        train(a)
    else:
        torch_step.answer_rounds(timed_step(a))


if __name__ == "__main__":
    sys.exit(main())
