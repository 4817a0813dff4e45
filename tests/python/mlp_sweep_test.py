"""mlp.py against torch autograd on random networks: every pair of functions, both losses, many shapes and seeds.

usage: mlp_sweep_test.py [seeds]    of each case with a sigmoid or tanh; a tenth of that for the others
"""
import itertools
import sys

from judge import FUNCTIONS, distances, torch

from mlp import MLP

SHAPES = [  # batch, in, hidden, out
    (1, 2, 4, 1), (10, 2, 20, 5), (1, 100, 200, 200), (2, 3, 7, 11), (5, 10, 33, 1),
    (16, 64, 100, 10), (31, 17, 50, 100), (32, 100, 20, 3), (70, 50, 128, 64), (70, 100, 200, 200),
]  # fmt: skip


def fresh_parameters(net, g, loss):
    """From N(0, 1). Where g can leave [0, 1], which BCE refuses, the output is kept near 1/2 instead."""
    for p in net.parameters.values():
        p.normal_()
    if loss == "bce" and g != "sigmoid":
        for p in net.parameters.values():
            p *= 0.01
        net.parameters["b2"] += 0.5


def sweep(f, g, loss, shape, seeds):
    """For each case the distance of each result, and those that are too large."""
    batch, inputs, hidden, outputs = shape
    for seed in range(seeds):
        torch.manual_seed(seed)
        if seed % 50 == 0:
            net = MLP(inputs, hidden, f, hidden, outputs, g)
        fresh_parameters(net, g, loss)
        x = torch.randn(batch, inputs)
        y = torch.randn(batch, outputs) if loss == "mse" else torch.rand(batch, outputs).round(decimals=seed % 2)
        apart, bad = distances(net, loss, x, y)
        if bad:
            print(f"{f}-{g} {loss} {shape} seed {seed}: {bad}")
        yield {name: d for name, d in apart.items() if name.startswith("dJd") and name != "dJdy_hat"}, bad


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    cases = failures = beyond = 0
    for f, g, loss in itertools.product(FUNCTIONS, FUNCTIONS, ("mse", "bce")):
        worst = 0.0
        for shape in SHAPES:
            saturates = not {f, g}.isdisjoint(("sigmoid", "tanh"))
            for gradients, bad in sweep(f, g, loss, shape, seeds if saturates else max(1, seeds // 10)):
                largest = max(gradients.values())
                worst = max(worst, largest)
                cases, failures, beyond = cases + 1, failures + bool(bad), beyond + (largest >= 1e-3)
        print(f"{f:>8} → {g:8} {loss}   largest L2 distance of a gradient {worst:.1e}", flush=True)
    print(f"{cases} cases, {failures} failures; {beyond} are judged by their distance from double precision")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
