#!/usr/bin/python3
"""The training of `train --from` in PyTorch, from the weights of an ONNX file of convolutions. Prints the accuracy.

Pictures are decoded once and kept as one tensor, as `train` keeps them."""
import argparse
import math

import onnx
import torch
from onnx import numpy_helper
from PIL import Image
from torch import nn
from torch.nn.functional import cross_entropy
from torchvision import transforms
from torchvision.datasets import ImageFolder


class FromOnnx(nn.Module):
    """The nodes of the file one after the other; with `classes`, its last convolution has as many channels and begins anew."""

    def __init__(self, file, classes):
        super().__init__()
        graph = onnx.load(file).graph
        self.values = {t.name: torch.tensor(numpy_helper.to_array(t)) for t in graph.initializer}
        self.input, self.output, self.nodes = graph.input[0].name, graph.output[0].name, []
        last = max(i for i, node in enumerate(graph.node) if node.op_type == "Conv")
        for i, node in enumerate(graph.node):
            self.nodes.append((self.step(node, classes if i == last else None), list(node.input), node.output[0]))
        self.layers = nn.ModuleList(step for step, _, _ in self.nodes if isinstance(step, nn.Module))

    def step(self, node, classes):
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Conv":
            weight, bias = (self.values[name] for name in node.input[1:3])
            pads, strides, group = attributes.get("pads", [0] * 4), attributes.get("strides", [1, 1]), attributes.get("group", 1)
            even = pads[:2] == pads[2:]
            layer = nn.Conv2d(weight.shape[1] * group, classes or weight.shape[0], tuple(weight.shape[2:]), tuple(strides),
                              tuple(pads[:2]) if even else 0, groups=group)
            if classes is None:
                layer.weight.data, layer.bias.data = weight.clone(), bias.clone()
            return layer if even else nn.Sequential(nn.ZeroPad2d((pads[1], pads[3], pads[0], pads[2])), layer)
        if node.op_type == "MaxPool":
            return nn.MaxPool2d(tuple(attributes["kernel_shape"]), tuple(attributes["strides"]), tuple(attributes.get("pads", [0] * 4)[:2]),
                                ceil_mode=bool(attributes.get("ceil_mode", 0)))
        return {"Relu": torch.relu, "Concat": lambda *x: torch.cat(x, attributes.get("axis", 1)), "Clip": lambda x, low, high: x.clamp(float(low), float(high)), "Add": torch.add, "Mul": torch.mul,
                "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True), "Flatten": lambda x: x.flatten(1)}[node.op_type]

    def forward(self, x):
        values = {**self.values, self.input: x}
        for step, inputs, output in self.nodes:
            inputs = inputs[:1] if isinstance(step, nn.Module) else inputs
            values[output] = step(*(values[name] for name in inputs))
        return values[self.output]


def load(folder):
    """All pictures and labels; transparency becomes white."""
    def white(picture):
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, (255, 255, 255, 255)), picture).convert("RGB")

    to_square = transforms.Compose([transforms.Resize(224), transforms.CenterCrop(224), transforms.ToTensor(),
                                    transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
    found = ImageFolder(folder, loader=lambda path: white(Image.open(path)))
    images = torch.stack([to_square(picture) for picture, _ in found])
    return images, torch.tensor(found.targets), len(found.classes)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--from", dest="start", required=True)
    p.add_argument("--data", required=True, help="has train/ and test/")
    p.add_argument("--epochs", type=int, default=4)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--lr", type=float, default=0.003)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--channels-last", action="store_true")
    p.add_argument("--frozen", action="store_true", help="train the last layer alone, on features that are computed once")
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(a.seed)
    images, labels, classes = load(f"{a.data}/train")
    test_images, test_labels, _ = load(f"{a.data}/test")
    net = FromOnnx(a.start, classes)
    if a.channels_last:
        net, images, test_images = (x.to(memory_format=torch.channels_last) for x in (net, images, test_images))
    if a.frozen:
        head, net.layers[-1] = net.layers[-1], nn.Identity()
        net.nodes = [(nn.Identity() if step is head else step, inputs[:1] if step is head else inputs, output)
                     for step, inputs, output in net.nodes]
        with torch.no_grad():
            images, test_images = (torch.cat([net(x) for x in part.split(64)]) for part in (images, test_images))
        net = nn.Linear(images.shape[1], classes)
    optimizer = torch.optim.SGD(net.parameters(), lr=a.lr, momentum=0.9)
    steps = a.epochs * math.ceil(len(labels) / a.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2)
    for _ in range(a.epochs):
        for rows in torch.randperm(len(labels)).split(a.batch):
            optimizer.zero_grad(set_to_none=True)
            cross_entropy(net(images[rows]), labels[rows]).backward()
            optimizer.step()
            schedule.step()
        with torch.no_grad():  # after each epoch, as `train` does
            answers = torch.cat([net(x).argmax(1) for x in test_images.split(64)])
    print((answers == test_labels).float().mean().item())


if __name__ == "__main__":
    main()
