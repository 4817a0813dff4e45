#!/usr/bin/python3
"""Trains on scikit-learn's small tables with `train` and with its own MLP of the same layers, in turn; prints a Markdown
table of test results and times of whole processes. Needs python3-sklearn."""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from cases import HERE
from compare import describe

LAYERS, EPOCHS, BATCH, RATE = (64, 32), 100, 32, 0.001
PEER = f"""
import csv, sys
import numpy
from sklearn.metrics import accuracy_score, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
folder, task, seed = sys.argv[1:]
def load(name):
    rows = list(csv.reader(open(folder + "/" + name)))[1:]
    return numpy.array([[float(v) for v in row[:-1]] for row in rows]), [row[-1] for row in rows]
(x, y), (test_x, test_y) = load("train.csv"), load("test.csv")
scaler = StandardScaler().fit(x)
options = dict(hidden_layer_sizes={LAYERS}, solver="adam", learning_rate_init={RATE}, batch_size={BATCH},
               max_iter={EPOCHS}, n_iter_no_change={EPOCHS}, alpha=0, random_state=int(seed))
if task == "classification":
    print(accuracy_score(test_y, MLPClassifier(**options).fit(scaler.transform(x), y).predict(scaler.transform(test_x))))
else:
    y, test_y = numpy.array([float(v) for v in y]), [float(v) for v in test_y]
    net = MLPRegressor(**options).fit(scaler.transform(x), (y - y.mean()) / y.std())
    print(r2_score(test_y, net.predict(scaler.transform(test_x)) * y.std() + y.mean()))
"""


def write_tables(name, folder):
    """train.csv and test.csv, a fifth of the rows; returns the task."""
    from sklearn import datasets
    from sklearn.model_selection import train_test_split
    data = getattr(datasets, f"load_{name}")()
    task = "classification" if hasattr(data, "target_names") else "regression"
    names = [f"x{i}" for i in range(data.data.shape[1])] + ["target"]
    target = [f"class {t}" for t in data.target] if task == "classification" else data.target
    parts = train_test_split(data.data, target, test_size=0.2, random_state=1,
                             stratify=target if task == "classification" else None)
    for file, x, y in (("train.csv", parts[0], parts[2]), ("test.csv", parts[1], parts[3])):
        lines = [",".join(names)] + [",".join([*(repr(float(v)) for v in row), str(t)]) for row, t in zip(x, y)]
        (folder / file).write_text("\n".join(lines) + "\n")
    return task


def train(build, folder, task, seed):
    out = folder / "out"
    subprocess.run([build / "train", "--data", folder, "--target", "target", "--task", task, "--hidden",
                    ",".join(map(str, LAYERS)), "--optimizer", "adam", "--schedule", "constant", "--lr", str(RATE), "--batch",
                    str(BATCH), "--epochs", str(EPOCHS), "--seed", str(seed), "--threads", "1", "--quiet", "--overwrite",
                    "--out", out], check=True)
    report = json.loads((out / "report.json").read_text())
    return report["accuracy" if task == "classification" else "r2"]


def peer(python, folder, task, seed):
    done = subprocess.run([python, "-c", PEER, folder, task, str(seed)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build/release", help="where `train` is")
    a = p.parse_args()
    a.python = sys.executable
    print(describe(a, f"{a.seeds} seeds, {EPOCHS} epochs of batches of {BATCH}, adam, layers {LAYERS}, in turn"))
    print("\n| data | ours | scikit-learn | s, least | s, scikit-learn |\n| --- | --- | --- | ---: | ---: |")
    for name in ("iris", "wine", "breast_cancer", "digits", "diabetes"):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            task = write_tables(name, folder)
            results, times = ([], []), ([], [])
            for seed in range(1, a.seeds + 1):
                for i, run in enumerate((lambda: train(a.build, folder, task, seed), lambda: peer(a.python, folder, task, seed))):
                    begin = time.monotonic()
                    results[i].append(run())
                    times[i].append(time.monotonic() - begin)
            shown = [f"{statistics.mean(r):.3f} ({min(r):.3f} … {max(r):.3f})" for r in results]
            what = "accuracy" if task == "classification" else "R²"
            print(f"| {name}, {what} | {shown[0]} | {shown[1]} | {min(times[0]):.2f} | {min(times[1]):.2f} |", flush=True)


if __name__ == "__main__":
    main()
