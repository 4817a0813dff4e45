#!/usr/bin/python3
"""Writes classifiers.safetensors: what torchvision's networks compute with random weights.

Weights, image and cotangent are drawn as runtime/flow/store.cpp draws them, so none of them is in the file. Names are
NETWORK/MODE/VALUE; of the gradient by the image, and of what is large, every STRIDE-th number is kept. The C++ side is
tests/runtime/models/torchvision_test.cpp.
"""
import math
import pathlib

import numpy as np
import torch
import torchvision
from torchvision.models.feature_extraction import get_graph_node_names

import make_ops
import networks

SEED, CLASSES, STRIDE = 5, 10, 7
IMAGES = (2, 3, 64, 96)
BOUNDS = {"weight": (0.5, 1.5), "bias": (-0.5, 0.5), "running_mean": (-0.5, 0.5), "running_var": (0.5, 1.5)}


def draw(name, shape):
    """Matrices and kernels as He et al. have them, vectors within BOUNDS."""
    if len(shape) > 1:
        bound = math.sqrt(6 / math.prod(shape[1:]))
        return networks.draw_uniform(name, shape, -bound, bound, SEED)
    return networks.draw_uniform(name, shape, *BOUNDS[name.rsplit(".", 1)[1]], SEED)


def make(name):
    net = getattr(torchvision.models, name)(num_classes=CLASSES)
    with torch.no_grad():
        for key, value in net.state_dict().items():
            if not key.endswith("num_batches_tracked"):
                value.copy_(draw(key, tuple(value.shape)))
    return net.double()


def run(net):
    images = networks.draw_uniform("images", IMAGES, -2, 2, SEED).double().requires_grad_()
    logits = net(images)
    logits.backward(networks.draw_uniform("cotangent", tuple(logits.shape), -1, 1, SEED).double())
    return {"logits": logits, "input_gradient": images.grad.reshape(-1)[::STRIDE]}


def results(name, training):
    net = make(name).train(training)
    values = run(net)
    if training:
        running = {k: v for k, v in net.state_dict().items() if k.endswith(("running_mean", "running_var"))}
        values |= {k: v.reshape(-1)[::STRIDE] for k, v in running.items()}
    return values


def main():
    tensors = {f"{name}/{'training' if training else 'evaluation'}/{key}":
               np.ascontiguousarray(value.detach().numpy().astype(np.float32))
               for name, training in (("resnet18", False), ("resnet18", True), ("vgg13_bn", False))
               for key, value in results(name, training).items()}
    path = pathlib.Path(__file__).with_name("classifiers.safetensors")
    make_ops.write(path, tensors)
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")
    for name in ("resnet18", "vgg13_bn"):
        dropout = {f"classifier.{i}" for i in (2, 5)}
        layers = get_graph_node_names(getattr(torchvision.models, name)())[1]
        print(name, " ".join(n for n in layers if n not in {"x", "flatten"} | dropout))


if __name__ == "__main__":
    main()
