"""Time of forward, loss and backward of 2-20-5 at batch 10: mlp.py against torch autograd, in turns.

usage: PYTHONPATH=build/release:examples/homework /usr/bin/python3 tests/bench/mlp_py.py [rounds]
"""
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

from mlp import MLP, mse_loss

CALLS = 200  # in each round


def microseconds(step):
    begin = time.perf_counter()
    for _ in range(CALLS):
        step()
    return (time.perf_counter() - begin) / CALLS * 1e6


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    torch.set_num_threads(1)
    x, y = torch.randn(10, 2), torch.randn(10, 5)
    net = MLP(2, 20, "relu", 20, 5, "identity")
    judge = nn.Sequential(nn.Linear(2, 20), nn.ReLU(), nn.Linear(20, 5))

    def ours():
        net.clear_grad_and_cache()
        net.backward(mse_loss(y, net.forward(x))[1])

    def theirs():
        judge.zero_grad()
        F.mse_loss(judge(x), y).backward()

    times = {ours: [], theirs: []}
    for _ in range(rounds):
        for step, list_of_step in times.items():
            list_of_step.append(microseconds(step))
    ratios = [a / b for a, b in zip(times[ours][1:], times[theirs][1:])]  # the first round warms up
    for name, step in (("mlp.py", ours), ("torch autograd", theirs)):
        print(f"{name:15} {min(times[step][1:]):7.1f} µs min {statistics.median(times[step][1:]):7.1f} median")
    least = min(times[ours][1:]) / min(times[theirs][1:])
    print(f"mlp.py / torch autograd: {least:.2f} by min, {statistics.median(ratios):.2f} by median of {len(ratios)} rounds")


if __name__ == "__main__":
    main()
