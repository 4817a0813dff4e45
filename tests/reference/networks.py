"""What the reference scripts share: first weights as runtime/flow/store.cpp draws them, the data set, the two networks."""
import gzip
import math
import pathlib

import numpy as np
import torch
from torch import nn

DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")


def stream_of(name):
    """graph/random.h: FNV-1a of a parameter's name."""
    h = 2166136261
    for c in name.encode():
        h = ((h ^ c) * 16777619) & 0xFFFFFFFF
    return h


def philox(seed, stream, blocks, step=0):
    """graph/random.h, random_words(seed, stream, step, 0 … blocks − 1): Philox4x32-10, [blocks, 4] of uint32."""
    low, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    index = np.arange(blocks, dtype=np.uint64)
    c = [index & low, index >> shift, np.full_like(index, step), np.full_like(index, stream)]
    k = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        p, q = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(q >> shift) ^ c[1] ^ np.uint64(k[0]), q & low, (p >> shift) ^ c[3] ^ np.uint64(k[1]), p & low]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(c, 1).astype(np.uint32)


def draw_uniform(name, shape, low, high, seed):
    """runtime/flow/store.cpp, draw_uniform: the same bits."""
    count = math.prod(shape)
    words = philox(seed, stream_of(name), (count + 3) // 4).reshape(-1)[:count]
    low, high = np.float32(low), np.float32(high)
    u = (words >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
    return torch.from_numpy((low + (high - low) * u).reshape(shape))


def draw(name, shape, fan_in, seed):
    """draw_uniform with fan_in_uniform(fan_in)."""
    bound = math.sqrt(1 / fan_in)
    return draw_uniform(name, shape, -bound, bound, seed)


class Mlp(nn.Module):
    """784 – hidden … – 10 with relu between; parameters fc1, fc2, …"""

    def __init__(self, hidden=(256, 256)):
        super().__init__()
        self.layers = []
        for i, (a, b) in enumerate(zip((784, *hidden), (*hidden, 10)), 1):
            self.add_module(f"fc{i}", nn.Linear(a, b))
            self.layers.append(getattr(self, f"fc{i}"))

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)


class Cnn(nn.Module):
    """conv 32 – pool – conv 64 – pool – linear 128 – linear 10, relu between."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3, padding=1), nn.Conv2d(32, 64, 3, padding=1)
        self.fc1, self.fc2 = nn.Linear(64 * 7 * 7, 128), nn.Linear(128, 10)

    def forward(self, x):
        for conv in (self.conv1, self.conv2):
            x = nn.functional.max_pool2d(conv(x).relu(), 2)
        return self.fc2(self.fc1(x.flatten(1)).relu())


def make(model, seed, hidden=(256, 256)):
    """The network with backflow's first weights for this seed."""
    net = Mlp(hidden) if model == "mlp" else Cnn()
    with torch.no_grad():
        for layer_name, layer in net.named_children():
            fan_in = math.prod(layer.weight.shape[1:])
            for kind in ("weight", "bias"):
                p = getattr(layer, kind)
                p.copy_(draw(f"{layer_name}.{kind}", tuple(p.shape), fan_in, seed))
    return net


def read_idx(name, folder=DATA):
    with gzip.open(folder / f"{name}.gz") as f:
        data = f.read()
    axes = data[3]
    shape = np.frombuffer(data, ">u4", axes, 4).astype(np.int64)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def standardised(pixels, mean, deviation):
    """[N, 28, 28] of bytes to [N, 1, 28, 28]."""
    table = ((np.arange(256) / 255 - mean) / deviation).astype(np.float32)
    return torch.from_numpy(table[pixels]).unsqueeze(1)


def training_set(folder=DATA):
    """Images [60000, 1, 28, 28], standardised by mean and deviation of all training pixels / 255; labels [60000]."""
    pixels, labels = read_idx("train-images-idx3-ubyte", folder), read_idx("train-labels-idx1-ubyte", folder)
    counts, values = np.bincount(pixels.reshape(-1), minlength=256), np.arange(256) / 255
    mean = float((counts * values).sum() / counts.sum())
    deviation = float(math.sqrt((counts * (values - mean) ** 2).sum() / counts.sum()))
    return standardised(pixels, mean, deviation), torch.from_numpy(labels.astype(np.int64)), mean, deviation


def test_set(mean, deviation, folder=DATA):
    """Images [10000, 1, 28, 28], standardised as the training set; labels [10000]."""
    pixels, labels = read_idx("t10k-images-idx3-ubyte", folder), read_idx("t10k-labels-idx1-ubyte", folder)
    return standardised(pixels, mean, deviation), torch.from_numpy(labels.astype(np.int64))
