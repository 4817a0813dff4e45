#!/usr/bin/python3
"""Writes losses_mlp.json and losses_cnn.json: the first training losses of both models in PyTorch.

Batches are the training set in file order. The C++ side is tests/runtime/train/pytorch_test.cpp.
"""
import json
import pathlib

import torch
from torch.nn.functional import cross_entropy

import networks

SETTINGS = {"seed": 1, "batch": 128, "steps": 20, "lr": 0.05, "momentum": 0.9, "hidden": [256, 256]}


def losses(model, images, labels, dtype):
    torch.manual_seed(0)
    net = networks.make(model, SETTINGS["seed"], SETTINGS["hidden"]).to(dtype)
    optimizer = torch.optim.SGD(net.parameters(), lr=SETTINGS["lr"], momentum=SETTINGS["momentum"])
    result = []
    for step in range(SETTINGS["steps"]):
        rows = slice(step * SETTINGS["batch"], (step + 1) * SETTINGS["batch"])
        optimizer.zero_grad()
        loss = cross_entropy(net(images[rows].to(dtype)), labels[rows])
        loss.backward()
        optimizer.step()
        result.append(loss.item())
    return result


def main():
    images, labels, mean, deviation = networks.training_set()
    for model in ("mlp", "cnn"):
        single, double = (losses(model, images, labels, d) for d in (torch.float32, torch.float64))
        apart = max(abs(a - b) / abs(b) for a, b in zip(single, double))
        record = {"model": model, "torch": torch.__version__, **SETTINGS, "mean": mean, "deviation": deviation,
                  "apart_from_double": apart, "losses": single}
        path = pathlib.Path(__file__).with_name(f"losses_{model}.json")
        path.write_text(json.dumps(record, indent=1) + "\n")
        print(f"{path.name}: {single[0]:.6f} … {single[-1]:.6f}, {apart:.1e} from the same in double")


if __name__ == "__main__":
    main()
