#!/usr/bin/python3
"""Trains a network of an ONNX file further on a folder of pictures, `train --from` and PyTorch in turn; prints a Markdown
table of times of whole processes and accuracies.

fine_tune.py MODEL.onnx PICTURES: a folder for each class; a fifth of each, by a fixed seed, is to test with."""
import argparse
import json
import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile
import time

from cases import HERE, blas_environment
from compare import describe


def split(source, target):
    """Copies the pictures to target/train and target/test."""
    choose = random.Random(1)
    for folder in sorted(p for p in source.iterdir() if p.is_dir()):
        pictures = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".png", ".jpg", ".jpeg"))
        choose.shuffle(pictures)
        for i, picture in enumerate(pictures):
            place = target / ("test" if i < max(1, len(pictures) // 5) else "train") / folder.name / f"{i:04}{picture.suffix}"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, place)


def train(a, data, seed, out, *more):
    subprocess.run([a.build / "train", "--from", a.model, "--standardize", "imagenet", "--data", data, "--epochs",
                    str(a.epochs), "--batch", "32", "--lr", str(a.lr), "--seed", str(seed), "--quiet", "--out", out,
                    *(["--freeze", "backbone", "--cache-features"] if a.frozen else []), *more], check=True)
    return json.loads((pathlib.Path(out) / "report.json").read_text())["accuracy"]


def torch_train(a, data, seed, threads, *more):
    command = [a.python, HERE / "torch_fine_tune.py", "--from", a.model, "--data", data, "--epochs", str(a.epochs), "--lr",
               str(a.lr), "--seed", str(seed), "--threads", threads, *(["--frozen"] if a.frozen else []), *more]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=blas_environment(threads))
    return float(done.stdout)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("model")
    p.add_argument("pictures", type=pathlib.Path)
    p.add_argument("--epochs", type=int, default=4)
    p.add_argument("--lr", type=float, default=0.003)
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--frozen", action="store_true", help="train the last layer alone, on features that are computed once")
    p.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build/release", help="where `train` is")
    p.add_argument("--python", default="/usr/bin/python3", help="the Python that has PyTorch")
    a = p.parse_args()
    programs = {"backflow, 1 thread": lambda data, seed, out: train(a, data, seed, out, "--threads", "1"),
                "backflow, 2 threads": lambda data, seed, out: train(a, data, seed, out, "--threads", "2")}
    for threads in ("1", "2"):
        for layout in ((), ("--channels-last",)):
            programs[" ".join(("PyTorch,", threads, "thread(s)", *(l[2:] for l in layout)))] = (
                lambda data, seed, out, t=threads, l=layout: torch_train(a, data, seed, t, *l))
    times, accuracies = {name: [] for name in programs}, {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        split(a.pictures, data)
        print(describe(a, f"{a.seeds} seeds, {a.epochs} epochs, in turn"), flush=True)
        for seed in range(1, a.seeds + 1):
            for name, run in programs.items():
                begin = time.monotonic()
                accuracies[name].append(run(data, seed, pathlib.Path(folder) / f"{name} {seed}"))
                times[name].append(time.monotonic() - begin)
                print(f"seed {seed}, {name}: {times[name][-1]:.1f} s, accuracy {accuracies[name][-1]:.3f}", flush=True)
    print("\n| | min s | median s | test accuracies |\n| --- | ---: | ---: | --- |")
    for name, seconds in times.items():
        listed = " ".join(f"{accuracy:.3f}" for accuracy in accuracies[name])
        print(f"| {name} | {min(seconds):.1f} | {statistics.median(seconds):.1f} | {listed} |")
    ours, peers = (min(min(s) for name, s in times.items() if name.startswith("backflow") == mine) for mine in (True, False))
    print(f"\nRatio by min to PyTorch's best: **{peers / ours:.2f}** (aim: ≥ 2)")


if __name__ == "__main__":
    main()
