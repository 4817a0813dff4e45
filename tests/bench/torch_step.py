#!/usr/bin/python3
"""The step of step.cpp in PyTorch; rounds.h says how it is driven."""
import argparse
import pathlib
import sys
import time

import torch
from torch.nn.functional import cross_entropy

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "reference"))
import networks


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--model", choices=["mlp", "cnn"], default="mlp")
    p.add_argument("--hidden", default="256,256")
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--optimizer", choices=["sgd", "adam"], default="sgd")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--channels-last", action="store_true")
    p.add_argument("--bf16", action="store_true", help="autocast")
    p.add_argument("--gemm", action="store_true", help="a matrix product alone, that of gemm.cpp, on all threads")
    p.add_argument("--describe", action="store_true", help="print version and BLAS, and end")
    return p.parse_args()


def describe():
    maps = pathlib.Path("/proc/self/maps").read_text().split("\n")
    blas = {pathlib.Path(line.split()[-1]).resolve().name for line in maps if "blas" in line}
    print(torch.__version__, "with", ", ".join(sorted(b for b in blas if "openblas" in b) or sorted(blas)))


def make_step(a):
    net = networks.Mlp([int(w) for w in a.hidden.split(",")]) if a.model == "mlp" else networks.Cnn()
    x, labels = torch.rand(a.batch, 1, 28, 28) * 2 - 1, torch.randint(10, (a.batch,))
    if a.model == "mlp":
        x = x.flatten(1)
    if a.channels_last:
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    lr = 1e-5  # the weights hardly move: the work of every step is the same
    if a.optimizer == "sgd":
        optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    else:
        optimizer = torch.optim.Adam(net.parameters(), lr=lr)

    def loss_of_batch():
        if not a.bf16:
            return cross_entropy(net(x), labels)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return cross_entropy(net(x), labels)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss_of_batch().backward()
        optimizer.step()

    return step


def make_product():
    """[512, 1024] x [1024, 1024] on each thread, as gemm.cpp; the first result is checked in double precision."""
    rows = 512 * torch.get_num_threads()
    a, b, c = torch.rand(rows, 1024), torch.rand(1024, 1024), torch.empty(rows, 1024)
    torch.mm(a, b, out=c)
    if not torch.allclose(c.double(), a.double() @ b.double(), rtol=1e-4):
        sys.exit("the product is wrong")
    return lambda: torch.mm(a, b, out=c)


def seconds_of(steps, step):
    begin = time.perf_counter()
    for _ in range(steps):
        step()
    return time.perf_counter() - begin


def answer_rounds(step):
    print("ready", flush=True)
    for line in sys.stdin:
        steps = int(line)
        seconds_of((steps + 9) // 10, step)  # warms caches and threads, untimed
        print(f"{seconds_of(steps, step):.9f}", flush=True)


def main():
    a = arguments()
    if a.describe:
        return describe()
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    answer_rounds(make_product() if a.gemm else make_step(a))


if __name__ == "__main__":
    main()
