#!/usr/bin/python3
"""Times backflow's training step beside its peers' and writes Markdown tables.

Every program is started once for each case; then they run one round after another, strictly in turn. So whatever else
the machine does hits all of them alike. A ratio is the time of the peers' best configuration over our best.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

from cases import (BUSY, CASES, CEILING, CORE_TYPES, HERE, OPENMP_BLAS, OURS, Entry, best_core_type, blas_environment,
                   gemm_flops, programs_of)
from programs import run_rounds, try_program


def is_ours(label):
    return label.startswith(OURS)


def is_peer(label):
    return not is_ours(label)


def is_judge(label):
    """The peers of which the aims speak."""
    return label.startswith(("PyTorch", "oneTBB"))


class Result:
    """The times of one case, in seconds: of each program the least and the median."""

    def __init__(self, group, name, flags, aim, times, judged):
        self.group, self.name, self.flags, self.aim, self.times, self.judged = group, name, flags, aim, times, judged

    @classmethod
    def of(cls, group, case, programs):
        times = {p.label: (min(p.times), statistics.median(p.times)) for p in programs}
        return cls(group, *case, times, [p.label for p in programs if p.judged])

    def best(self, who, way=0):
        """Label and time of the best configuration of the programs `who` is said of, by min (0) or by median (1)."""
        label = min(filter(who, self.judged), key=lambda label: self.times[label][way])
        return label, self.times[label][way]

    def ours(self, way=0):
        return self.best(is_ours, way)

    def ratio_to(self, who, way=0):
        return self.best(who, way)[1] / self.ours(way)[1]

    def remark(self):
        """What else a group is about: the share of the ceiling, what a busy CPU does."""
        if self.group == "ceiling":
            ceiling = 2 * 512 * 1024 * 1024 * 2 / self.times[CEILING][0]
            share = gemm_flops(self.flags) / self.ours()[1] / ceiling
            return f"**{share:.0%}** of {CEILING}, {ceiling / 1e9:.0f} GFLOP/s"
        if self.group == "busy":
            alone = next(median for label, (_, median) in self.times.items() if label.startswith(OURS))
            busy = {label: median / alone for label, (_, median) in self.times.items() if BUSY in label}
            return "medians over our own with one thread: " + "; ".join(f"{l}: **{r:.2f}**" for l, r in busy.items())
        return ""

    def details(self):
        rows = [f"| {label} | {1e6 * least:,.1f} | {1e6 * median:,.1f} |" for label, (least, median) in self.times.items()]
        return "\n".join([f"### {self.name}\n\n| | min µs | median µs |\n| --- | ---: | ---: |", *rows])

    def row(self):
        ours, judge, peer = self.ours(), self.best(is_judge), self.best(is_peer)
        cells = [self.name, f"{1e6 * ours[1]:,.1f}", f"{judge[0]}: {1e6 * judge[1]:,.1f}",
                 f"**{self.ratio_to(is_judge):.2f}** ({self.ratio_to(is_judge, 1):.2f})", self.aim,
                 f"{peer[0]}: {self.ratio_to(is_peer):.2f} ({self.ratio_to(is_peer, 1):.2f})"]
        return f"| {' | '.join(cells)} |"


def document(head, results):
    """The whole text: one row for each case, then every number."""
    table = ["| step | backflow, min µs | best PyTorch, min µs | ratio (of medians) | aim | to the best peer |",
             "| --- | ---: | ---: | ---: | ---: | ---: |", *(r.row() for r in results)]
    remarks = [f"{r.name}: {r.remark()} (aim: {r.aim})." for r in results if r.remark()]
    return "\n\n".join([head, "\n".join(table), *remarks, *(r.details() for r in results)]) + "\n"


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def cpu_name():
    lines = pathlib.Path("/proc/cpuinfo").read_text().split("\n")
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())


def describe(a, method):
    """One line about machine, versions and date."""
    torch = output_of(a.python, HERE / "torch_step.py", "--describe")
    if ("openblas" not in torch and "mkl" not in torch) or not OPENMP_BLAS.exists():
        print("compare.py: install libopenblas0-pthread and libopenblas0-openmp, else PyTorch is slower than it can be",
              file=sys.stderr)
    packages = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}, ", "libdnnl[0-9]*", "libtbb12",
                               "libtorch-dev", "libdlib-dev"], capture_output=True, text=True, check=False)
    return (f"{datetime.date.today()} · {cpu_name()}, {len(os.sched_getaffinity(0))} CPUs · PyTorch {torch} · "
            f"{packages.stdout.strip(', ')} · {method} · load before: {os.getloadavg()[0]:.1f}")


GEMM_FLOPS = 2 * 512 * 1024 * 1024  # of a thread


def gemm_rates(a):
    """One line: what the machine and PyTorch reach in a matrix product alone, in GFLOP/s, with each core type of OpenBLAS.
    Those that do not start or give a wrong product are left out; the fastest is what the peers get."""
    parts = []
    for threads in a.threads:
        flops = GEMM_FLOPS * int(threads) / 1e9
        own = try_program(Entry(CEILING, [a.build / "bench_gemm", "--threads", threads]), 9, 0.05)
        rates = {}
        for core_type in CORE_TYPES:
            command = [a.python, HERE / "torch_step.py", "--gemm", "--threads", threads]
            seconds = try_program(Entry("PyTorch", command, blas_environment(threads, core_type)), 9, 0.05)
            if seconds:
                rates[core_type] = flops / seconds
        best_core_type[threads] = max(rates, key=rates.get)
        each = ", ".join(f"{name or 'its own choice'} {rate:.0f}" for name, rate in rates.items())
        parts.append(f"{threads} thread(s): oneDNN {flops / own:.0f}, PyTorch {max(rates.values()):.0f} ({each})")
    return "A matrix product alone, GFLOP/s. " + "; ".join(parts) + "."


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(CASES)}; default: all but first")
    p.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build/release",
                   help="where the programs are")
    p.add_argument("--models", type=pathlib.Path, default=pathlib.Path("."),
                   help="where squeezenet1_0.onnx is, which the groups images and explain read")
    p.add_argument("--python", default="/usr/bin/python3", help="the Python that has PyTorch")
    p.add_argument("--threads", default="1,2", type=lambda s: s.split(","))
    p.add_argument("--rounds", type=int, default=41)
    p.add_argument("--round-seconds", type=float, default=0.02)
    p.add_argument("--patience", type=float, default=20, help="seconds that a case may wait for a quiet machine")
    p.add_argument("--only", default="", help="only cases whose name contains this")
    p.add_argument("--out", type=pathlib.Path, help="write the tables there too; a JSON file of all times beside it")
    a = p.parse_args()
    if unknown := set(a.groups) - set(CASES):
        p.error(f"no group {', '.join(unknown)}; there are: {', '.join(CASES)}")
    return a


def main():
    a = arguments()
    head = describe(a, f"{a.rounds} rounds of {a.round_seconds} s, in turn")
    head += "\n\n" + gemm_rates(a)
    print(head, flush=True)
    results = []
    for group in a.groups or [g for g in CASES if g != "first"]:
        for case in CASES[group]:
            if a.only not in case.name:
                continue
            programs = run_rounds(programs_of(group, case, a), a.rounds, a.round_seconds, a.patience)
            results.append(Result.of(group, case, programs))
            print(f"\n{results[-1].details()}", flush=True)
            if a.out:  # so that what is measured is there even if the rest is stopped
                a.out.write_text(document(head, results))
                a.out.with_suffix(".json").write_text(
                    json.dumps({"head": head, "results": [vars(r) for r in results]}, indent=1) + "\n")
    print("\n" + document(head, results).split("\n\n### ")[0])


if __name__ == "__main__":
    main()
