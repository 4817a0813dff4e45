#!/usr/bin/python3
"""The explanation of explain.cpp in PyTorch, with the weights of the same ONNX file; rounds.h says how it is driven."""
import argparse

import numpy as np
import torch

from torch_fine_tune import FromOnnx
from torch_step import answer_rounds


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--file", required=True)
    p.add_argument("--points", type=int, default=64)
    p.add_argument("--batch", type=int, default=8, help="points that the network sees at once")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--channels-last", action="store_true")
    return p.parse_args()


def make_explanation(a):
    net = FromOnnx(a.file, None).requires_grad_(False)  # the input's gradient alone
    layout = torch.channels_last if a.channels_last else torch.contiguous_format
    net = net.to(memory_format=layout)
    image, baseline = torch.rand(1, 3, 224, 224) * 4 - 2, torch.zeros(1, 3, 224, 224)
    at, weights = np.polynomial.legendre.leggauss(a.points)
    shares = torch.tensor((1 + at) / 2, dtype=torch.float32).reshape(-1, 1, 1, 1)
    weights = torch.tensor(weights / 2, dtype=torch.float32)

    def explain():
        total = torch.zeros_like(image)
        for first in range(0, a.points, a.batch):
            rows = slice(first, first + a.batch)
            x = (baseline + shares[rows] * (image - baseline)).contiguous(memory_format=layout).requires_grad_()
            score = (net(x)[:, 88] * weights[rows]).sum()  # so that the gradients arrive weighted
            total += torch.autograd.grad(score, x)[0].sum(0, keepdim=True)
        return (image - baseline) * total

    return explain


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    answer_rounds(make_explanation(a))


if __name__ == "__main__":
    main()
