#!/usr/bin/env python3
"""Random ONNX graphs of one to four ops, with random attributes, shapes and opsets, by onnxruntime and by backflow.

What onnxruntime accepts has to give the same numbers, or be refused in a sentence that begins with [onnx]; reasons are
counted. A crash, a hang or any other error is a failure. Needs node and npm's onnxruntime-node (45 MB, in NODE_PATH).

usage: onnx_sweep_test.py [--graphs 2000] [--seed 1] [--only I] [--ops Conv,Add,...] [--save FOLDER]
"""
import argparse
import collections
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "onnx_sweep"))
try:
    import numpy as np
    import onnx  # noqa: F401
except ImportError as error:
    print("skipped: this test needs numpy and onnx (Debian package python3-onnx):", error)
    sys.exit(77)
import workers  # noqa: E402

if workers.missing():
    print("skipped:", workers.missing())
    sys.exit(77)
import layers  # noqa: E402
import movements  # noqa: E402
import pointwise  # noqa: E402
import resizing  # noqa: E402
from draft import OPSETS, Draft  # noqa: E402

TABLES = [pointwise.OPS, layers.OPS, movements.OPS, resizing.OPS]
SHARES = [0.25, 0.4, 0.25, 0.1]  # of the ops that are drawn
TABLE = {op: build for table in TABLES for op, build in table.items()}
# Elements may differ by this much of 1, or of the largest element. Where many products are added, their order, which
# nobody prescribes, is worth more.
EXACT, SUMS = 1e-5, 1e-4


def draft(seed, judge, ops):
    """A graph of 1 … 4 ops; its first one is drawn from those of `ops`."""
    rng = np.random.default_rng(seed)
    rank = rng.choice([1, 2, 3, 4, 4, 4, 5])
    shape = rng.integers(1, 8, rank)
    d = Draft(rng, judge, int(rng.choice(OPSETS)), rng.uniform(-3, 3, shape).astype(np.float32))
    wanted = int(rng.integers(1, 5))
    for _ in range(60):
        names = ops if ops and not d.ops else list(TABLES[rng.choice(len(TABLES), p=SHARES)])
        op = str(rng.choice(names))
        d.grow(op, TABLE[op])
        if len(d.ops) == wanted:
            break
    return d


def difference(got, expected):
    """Of the largest pair, as a share of the tolerance's unit; infinite where shapes differ."""
    if got.shape != expected.shape:
        return float("inf"), f"shape {got.shape}, expected {expected.shape}"
    size = max(1.0, float(np.abs(expected).max()))
    off = np.abs(got.astype(np.float64) - expected) / size
    off = np.where(np.isnan(off), np.inf, off)
    at = np.unravel_index(off.argmax(), off.shape)
    return off[at], f"{got[at]} at {tuple(map(int, at))}, expected {expected[at]}"


def reason(text):
    """Without names and numbers."""
    text = re.sub(r"node '[^']*'", "node", text)
    return re.sub(r"-?\d+(\.\d+)?", "N", text)[:160]


def judged(d, product):
    """right, refused or wrong, and why."""
    model, inputs, expected = d.finished()
    try:
        results = product.run(model, inputs)
    except workers.Died as error:
        return "wrong", f"backflow {error}"
    except ValueError as error:
        text = str(error)
        return ("refused", text) if text.startswith("[onnx]") else ("wrong", text)
    for name, value in expected.items():
        off, where = difference(results[name], value)
        if off > (SUMS if d.long else EXACT):
            return "wrong", f"{name}: {where}"
    return "right", ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--graphs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="this graph alone, which is printed")
    parser.add_argument("--ops", type=lambda text: text.split(","), help="the first op is one of these")
    parser.add_argument("--save", type=pathlib.Path, help="folder for the graphs that are wrong or refused")
    options = parser.parse_args()
    judge, product = workers.onnxruntime(), workers.backflow()
    verdicts, reasons, covered, wrong = (collections.Counter() for _ in range(4))
    for i in range(options.graphs) if options.only is None else [options.only]:
        d = draft([options.seed, i], judge, options.ops)
        if not d.ops:
            verdicts["empty"] += 1
            continue
        verdict, why = judged(d, product)
        verdicts[verdict] += 1
        covered.update(d.ops)
        if verdict == "refused":
            reasons[reason(why)] += 1
        if verdict == "wrong" or options.only is not None:
            print(f"graph {i} (opset {d.opset}; {' → '.join(d.ops)}): {verdict} {why}", flush=True)
        if options.save and verdict != "right":
            (options.save / f"{i}.onnx").write_bytes(d.finished()[0])
        if options.only is not None:
            print(onnx.load_model_from_string(d.finished()[0]))
    for why, count in reasons.most_common():
        print(f"refused {count}×: {why}")
    absent = [op for op in TABLE if not covered[op]] if options.graphs >= 2000 and not options.ops else []
    if absent:
        print("no graph has", ", ".join(absent))
    print("ops:", ", ".join(f"{op} {covered[op]}" for op in sorted(TABLE)))
    print(", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common()), f"of seed {options.seed}")
    judge.stop(), product.stop()
    return 1 if verdicts["wrong"] or (absent and options.only is None) else 0


if __name__ == "__main__":
    sys.exit(main())
