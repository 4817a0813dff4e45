#!/usr/bin/python3
"""The batches of pictures.cpp with torchvision and PyTorch's DataLoader; rounds.h says how it is driven."""
import argparse
import sys
import time

import torch
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--data", required=True)
    p.add_argument("--size", type=int, default=224)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--processes", type=int, default=0)
    a = p.parse_args()
    torch.set_num_threads(1)
    steps = [transforms.Resize(a.size), transforms.CenterCrop(a.size), transforms.ToTensor(),
             transforms.Normalize((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))]
    loader = DataLoader(ImageFolder(a.data, transforms.Compose(steps)), batch_size=a.batch, shuffle=True,
                        num_workers=a.processes, drop_last=True, persistent_workers=a.processes > 0)
    batches = iter(())

    def step():
        nonlocal batches
        images = next(batches, None)
        if images is None:
            batches = iter(loader)
            images = next(batches)
        return images[0].mean()

    step()
    print("ready", flush=True)
    for line in sys.stdin:
        for _ in range((int(line) + 9) // 10):
            step()
        begin = time.perf_counter()
        for _ in range(int(line)):
            step()
        print(f"{time.perf_counter() - begin:.9f}", flush=True)


if __name__ == "__main__":
    main()
