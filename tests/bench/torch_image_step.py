#!/usr/bin/python3
"""The step of image_step.cpp in PyTorch; rounds.h says how it is driven."""
import argparse
import sys

import torch
import torchvision
from torch.fx.experimental.optimization import fuse

from torch_step import answer_rounds


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--model", choices=["squeezenet1_0", "vgg13", "mobilenet_v2_1.0_224", "resnet18"], default="vgg13")
    p.add_argument("--size", type=int, default=224)
    p.add_argument("--targets", type=int, default=8)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--channels-last", action="store_true")
    p.add_argument("--bf16", action="store_true", help="autocast")
    return p.parse_args()


def make_step(a):
    net = getattr(torchvision.models, a.model.removesuffix("_1.0_224"))().eval()
    if a.model == "squeezenet1_0":  # as in the file that ours reads: the same work
        net.classifier[1].padding = (1, 1)
        for m in net.modules():
            if isinstance(m, torch.nn.MaxPool2d):
                m.ceil_mode = False
    net = fuse(net).requires_grad_(False)  # the input gradient alone; batch normalisation folded, as ours has it
    x = torch.rand(a.targets, 3, a.size, a.size) * 2 - 1
    if a.channels_last:
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    x.requires_grad_()
    image, target = torch.arange(a.targets), 88 + torch.arange(a.targets)

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=a.bf16):
            logits = net(x)
        torch.autograd.grad(logits[image, target].float().sum(), x)

    return step


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    answer_rounds(make_step(a))


if __name__ == "__main__":
    main()
