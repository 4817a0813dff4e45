#!/usr/bin/python3
"""Writes classifiers.safetensors: what torchvision's networks compute with random weights; and torchvision_layers.txt.

Weights, image and cotangent are drawn as runtime/flow/store.cpp draws them, so none of them is in the file. Names are
NETWORK/MODE/VALUE; of the gradient by the image every IMAGE_STRIDE-th number is kept, of what else is large every STRIDE-th. The C++ side is
tests/runtime/models/torchvision_test.cpp.
"""
import copy
import math
import pathlib

import numpy as np
import torch
import torchvision
from torchvision.models.feature_extraction import get_graph_node_names
from torchvision.ops import StochasticDepth

import make_ops
import networks

SEED, CLASSES, STRIDE, IMAGE_STRIDE = 5, 10, 7, 29
IMAGES = (2, 3, 64, 96)
NETWORKS = ("efficientnet_b0", "mobilenet_v2", "resnet18", "resnet34", "resnet50", "squeezenet1_0", "squeezenet1_1",
            "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn")
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


def run(net, dtype):
    images = networks.draw_uniform("images", IMAGES, -2, 2, SEED).to(dtype).requires_grad_()
    logits = net.to(dtype)(images)
    logits.backward(networks.draw_uniform("cotangent", tuple(logits.shape), -1, 1, SEED).to(dtype))
    return {"logits": logits.detach(), "input_gradient": images.grad.reshape(-1)}


def run_both(net):
    """In double, and how far PyTorch's own float is from that, in norm."""
    float_values = run(copy.deepcopy(net), torch.float32)
    values = run(net, torch.float64)
    apart = {f"{k}_apart": ((float_values[k] - v).norm() / v.norm()).reshape(1) for k, v in values.items()}
    return values | apart | {"input_gradient": values["input_gradient"][::IMAGE_STRIDE]}


def results(name, training):
    net = make(name).train(training)
    values = run_both(net)
    if training:
        running = {k: v for k, v in net.state_dict().items() if k.endswith(("running_mean", "running_var"))}
        values |= {k: v.reshape(-1)[::STRIDE] for k, v in running.items()}
    return values


def main():
    tensors = {f"{name}/{'training' if training else 'evaluation'}/{key}":
               np.ascontiguousarray(value.detach().numpy().astype(np.float32))
               for name, training in [("resnet18", True)] + [(name, False) for name in NETWORKS]
               for key, value in results(name, training).items()}
    path = pathlib.Path(__file__).with_name("classifiers.safetensors")
    make_ops.write(path, tensors)
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")
    layers = []
    for name in NETWORKS:
        network = getattr(torchvision.models, name)()
        dropout = {n for n, m in network.named_modules() if isinstance(m, (torch.nn.Dropout, StochasticDepth))}
        names = get_graph_node_names(network)[1]
        layers.append(" ".join([name] + [n for n in names if n not in {"x", "flatten", "getattr", "getattr_1"} | dropout]))
    pathlib.Path(__file__).with_name("torchvision_layers.txt").write_text("\n".join(layers) + "\n")


if __name__ == "__main__":
    main()
