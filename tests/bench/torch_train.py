#!/usr/bin/python3
"""The training of `train` in PyTorch. Prints the accuracy.

As fast as PyTorch does it: the data set is one tensor. With --loader as most scripts do it: with a DataLoader."""
import argparse
import math
import pathlib
import sys

import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "reference"))
import networks


def accuracy(net, images, labels):
    with torch.no_grad():
        right = sum((net(x).argmax(1) == y).sum().item() for x, y in zip(images.split(1000), labels.split(1000)))
    return right / len(labels)


def batches(images, labels, size, loader):
    """An epoch of (images, labels) in a new order."""
    if loader:
        return DataLoader(TensorDataset(images, labels), batch_size=size, shuffle=True)
    return ((images[rows], labels[rows]) for rows in torch.randperm(len(labels)).split(size))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model", choices=["mlp", "cnn"], default="mlp")
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--loader", action="store_true", help="read the batches through a DataLoader")
    a = p.parse_args()
    batch, lr = 128, 0.05
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    images, labels, mean, deviation = networks.training_set()
    test_images, test_labels = networks.test_set(mean, deviation)
    net = networks.Mlp() if a.model == "mlp" else networks.Cnn()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    steps = a.epochs * math.ceil(len(labels) / batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2)
    for _ in range(a.epochs):
        for x, y in batches(images, labels, batch, a.loader):
            optimizer.zero_grad(set_to_none=True)
            cross_entropy(net(x), y).backward()
            optimizer.step()
            schedule.step()
        result = accuracy(net, test_images, test_labels)
    print(result)


if __name__ == "__main__":
    main()
