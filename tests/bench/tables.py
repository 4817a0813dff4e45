#!/usr/bin/env python3
"""Writes what compare.py measured into README.md and docs/performance.md, between their marks, or checks that it is there.

docs/benchmarks.json is a list of what runs of compare.py wrote, on one CPU or on several; README.md shows the first.

usage: tables.py [--check] [--results docs/benchmarks.json]
"""
import argparse
import json
import pathlib
import re
import sys

from compare import Result, is_judge, is_peer

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BEGIN, END = "<!-- measured: tests/bench/tables.py -->", "<!-- end -->"
IN_README = {"MLP 784-128-10, batch 1, SGD": "MLP 784-128-10, batch 1", "MLP 784-128-10, batch 64, SGD": "MLP 784-128-10, batch 64",
             "MLP 784-256-256-10, batch 128, SGD": "MLP 784-256-256-10, batch 128",
             "MLP 784-256-256-10, batch 512, SGD": "MLP 784-256-256-10, batch 512",
             "CNN, batch 32, SGD": "`train --model cnn`, batch 32", "CNN, batch 128, SGD": "`train --model cnn`, batch 128",
             "SqueezeNet 224, image-step, 8 targets": "SqueezeNet 224, input gradient of 8 images"}


def time(seconds):
    if seconds < 1e-4:
        return f"{1e6 * seconds:.1f} µs"
    return f"{1e6 * seconds:,.0f} µs" if seconds < 1e-2 else f"{1e3 * seconds:.1f} ms"


def ratio(result, who):
    return f"{result.ratio_to(who):.2f} ({result.ratio_to(who, 1):.2f})"


def readme(head, results):
    rows = ["| step | backflow | PyTorch | ratio |", "| --- | ---: | ---: | ---: |"]
    for r in results:
        if r.name in IN_README:
            rows.append(f"| {IN_README[r.name]} | {time(r.ours()[1])} | {time(r.best(is_judge)[1])} | {ratio(r, is_judge)} |")
    return head + "\n\n" + "\n".join(rows)


def performance(head, results):
    rows = ["| step | backflow | best PyTorch | ratio | best peer | ratio |", "| --- | ---: | --- | ---: | --- | ---: |"]
    for r in results:
        cells = [r.name + (", bf16" if r.group == "bf16" else ""), time(r.ours()[1])]
        for who in (is_judge, is_peer):
            label, seconds = r.best(who)
            cells += [f"{time(seconds)}: {label}", ratio(r, who)]
        rows.append(f"| {' | '.join(cells)} |")
    return head + "\n\n" + "\n".join(rows)


def with_block(text, block, name):
    pattern = re.compile(re.escape(BEGIN) + r"\n.*?" + re.escape(END), re.DOTALL)
    if not pattern.search(text):
        sys.exit(f"tables.py: {name} has no part between '{BEGIN}' and '{END}'")
    return pattern.sub(lambda _: f"{BEGIN}\n{block}\n{END}", text)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--check", action="store_true", help="change nothing; fail if a number is another one")
    p.add_argument("--results", type=pathlib.Path, default=ROOT / "docs/benchmarks.json")
    a = p.parse_args()
    runs = [(run["head"], [Result(**r) for r in run["results"]]) for run in json.loads(a.results.read_text())]
    wrong = []
    tables = "\n\n".join(performance(*run) for run in runs)
    for name, block in (("README.md", readme(*runs[0])), ("docs/performance.md", tables)):
        file = ROOT / name
        text = file.read_text()
        wanted = with_block(text, block, name)
        if a.check and text != wanted:
            wrong.append(name)
        if not a.check:
            file.write_text(wanted)
    if wrong:
        sys.exit(f"tables.py: {', '.join(wrong)} differ from {a.results.name}; run tests/bench/tables.py")


if __name__ == "__main__":
    main()
