#!/usr/bin/python3
"""Robust training of the convnet beside PyTorch's.

robust.py time: a step with 7 steps of attack, of ours as one plan and as flows one by one, and of PyTorch, in turn.
robust.py accuracy: trains with both on Fashion-MNIST, linf 0.1, and measures both networks with the same attack, in
PyTorch: projected ascent of 50 steps from 5 starts."""
import argparse
import pathlib
import statistics
import subprocess
import tempfile

from cases import HERE, OURS, Entry, blas_environment, with_allocators
from compare import describe
from programs import run_rounds


def entries(a):
    flags = ["--batch", str(a.batch), "--attack", "7"]
    for threads in ("1", "2"):
        for way in ("one", "flows"):
            yield Entry(f"{OURS}, {threads} thread(s), {way}",
                        [a.build / "bench_robust_step", *flags, "--way", way, "--threads", threads])
        for layout in ("", "--channels-last"):
            command = [a.python, HERE / "torch_robust.py", *flags, "--threads", threads, *([layout] if layout else [])]
            entry = Entry(" ".join(filter(None, (f"PyTorch, {threads} thread(s)", layout[2:]))), command,
                          blas_environment(threads))
            yield from with_allocators(entry, threads) if a.allocators else [entry]


def time_steps(a):
    print(describe(a, f"{a.rounds} rounds, in turn") + "\n\n| | min ms | median ms |\n| --- | ---: | ---: |", flush=True)
    times = {p.label: p.times for p in run_rounds(entries(a), a.rounds, 0.05, a.patience)}
    for label, each in times.items():
        print(f"| {label} | {1e3 * min(each):.1f} | {1e3 * statistics.median(each):.1f} |")

    def best(of, which=min):
        return min(which(each) for label, each in times.items() if of(label))

    for name, which in (("min", min), ("median", statistics.median)):
        ours = best(lambda l: l.startswith(OURS) and l.endswith("one"), which)
        flows = best(lambda l: l.startswith(OURS) and l.endswith("flows"), which)
        print(f"\nBy {name}: PyTorch's best over ours **{best(lambda l: l.startswith('PyTorch'), which) / ours:.2f}** "
              f"(aim: ≥ 3); ours over our own steps one by one **{ours / flows:.2f}** (aim: ≤ 1.0)")


def torch(a, *arguments):
    command = [a.python, HERE / "torch_robust.py", "--threads", "2", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=blas_environment("2")).stdout


def compare_accuracy(a):
    print(describe(a, f"{a.epochs} epochs, {a.samples} test images"), flush=True)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for seed in range(1, a.seeds + 1):
            subprocess.run([a.build / "train", "--model", "cnn", "--robust", "linf:0.1", "--epochs", str(a.epochs), "--seed",
                            str(seed), "--quiet", "--out", folder / f"ours{seed}"], check=True)
            torch(a, "--epochs", a.epochs, "--seed", seed, "--out", folder / f"{seed}.pt")
            rows += [(f"backflow, seed {seed}", folder / f"ours{seed}" / "model.safetensors"),
                     (f"PyTorch, seed {seed}", folder / f"{seed}.pt")]
        found = torch(a, "--attack", 50, "--starts", 5, "--samples", a.samples, "--measure", *(f for _, f in rows))
    print("\n| | clean | robust |\n| --- | ---: | ---: |")
    for (label, _), line in zip(rows, found.splitlines()):
        clean, robust = map(float, line.split())
        print(f"| {label} | {100 * clean:.2f} % | {100 * robust:.2f} % |")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", choices=["time", "accuracy"])
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--rounds", type=int, default=21)
    p.add_argument("--patience", type=float, default=20, help="seconds to wait for a quiet machine in all")
    p.add_argument("--allocators", action="store_true", help="PyTorch with each allocator that is installed too")
    p.add_argument("--epochs", type=int, default=5)
    p.add_argument("--seeds", type=int, default=1)
    p.add_argument("--samples", type=int, default=10000)
    p.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build/release", help="where the programs are")
    p.add_argument("--python", default="/usr/bin/python3", help="the Python that has PyTorch")
    a = p.parse_args()
    time_steps(a) if a.what == "time" else compare_accuracy(a)


if __name__ == "__main__":
    main()
