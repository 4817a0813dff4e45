#!/usr/bin/python3
"""Times whole processes from a cold start, `train` and the same training in PyTorch in turn; prints a Markdown table."""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

from cases import HERE, blas_environment
from compare import describe

USUAL = "PyTorch with a DataLoader, 2 thread(s)"


def train(a, out):
    subprocess.run([a.build / "train", "--model", a.model, "--epochs", str(a.epochs), "--batch", "128", "--lr", "0.05",
                    "--momentum", "0.9", "--schedule", "cosine", "--quiet", "--out", out], check=True)
    last = (pathlib.Path(out) / "metrics.jsonl").read_text().strip().split("\n")[-1]
    return json.loads(last)["test_accuracy"]


def torch_train(a, threads, *more):
    command = [a.python, HERE / "torch_train.py", "--model", a.model, "--epochs", str(a.epochs), "--threads", threads, *more]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=blas_environment(threads))
    return float(done.stdout)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--model", choices=["mlp", "cnn"], default="mlp")
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--repeats", type=int, default=3)
    p.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build/release", help="where `train` is")
    p.add_argument("--python", default="/usr/bin/python3", help="the Python that has PyTorch")
    a = p.parse_args()
    programs = {"backflow": lambda out: train(a, out), "PyTorch, 1 thread(s)": lambda _: torch_train(a, "1"),
                "PyTorch, 2 thread(s)": lambda _: torch_train(a, "2"),
                USUAL: lambda _: torch_train(a, "2", "--loader")}
    times, accuracy = {name: [] for name in programs}, {}
    print(describe(a, f"{a.repeats} runs of {a.epochs} epochs of the {a.model}, in turn"), flush=True)
    for _ in range(a.repeats):
        for name, run in programs.items():
            with tempfile.TemporaryDirectory() as out:
                begin = time.monotonic()
                accuracy[name] = run(out)
                times[name].append(time.monotonic() - begin)
    print("\n| | min s | median s | test accuracy |\n| --- | ---: | ---: | ---: |")
    for name, seconds in times.items():
        print(f"| {name} | {min(seconds):.2f} | {statistics.median(seconds):.2f} | {accuracy[name]:.4f} |")
    fast = min(min(seconds) for name, seconds in times.items() if name not in ("backflow", USUAL))
    ratio = [seconds / min(times["backflow"]) for seconds in (fast, min(times[USUAL]))]
    print(f"\nRatio by min to PyTorch's best: **{ratio[0]:.2f}**, to a script with a DataLoader: **{ratio[1]:.2f}** (aim: ≥ 3)")


if __name__ == "__main__":
    main()
