#!/usr/bin/python3
"""Times backflow's training step beside PyTorch's and prints Markdown tables.

Every program is started once for each case; then they run one round after another, strictly in turn. So whatever else
the machine does hits all of them alike. A ratio is the time of the peer's best configuration over our best.
"""
import argparse
import collections
import datetime
import os
import pathlib
import platform
import subprocess
import sys

from programs import run_rounds

HERE = pathlib.Path(__file__).parent
# Debian's default OpenBLAS has a thread pool of its own that fights with PyTorch's; with this one 2 threads run well.
OPENMP_BLAS = pathlib.Path(f"/usr/lib/{platform.machine()}-linux-gnu/openblas-openmp")
OURS, BUSY, CEILING = "backflow", "one CPU busy", "GEMM alone"
Case = collections.namedtuple("Case", "name flags aim")


def mlp(widths, batch, aim, optimizer="SGD"):
    flags = f"--hidden {widths.replace('-', ',')} --batch {batch} --optimizer {optimizer.lower()}"
    return Case(f"MLP 784-{widths}-10, batch {batch}, {optimizer}", flags.split(), aim)


def cnn(batch, aim):
    return Case(f"CNN, batch {batch}, SGD", f"--model cnn --batch {batch}".split(), aim)


CASES = {
    "first": [mlp("256-256", 128, "≥ 1.5"), cnn(128, "≥ 1.3")],
    "table": [*(mlp("128", batch, aim) for batch, aim in ((1, "≥ 4"), (8, "≥ 3"), (64, "≥ 2.2"))),
              *(mlp("256-256", batch, aim) for batch, aim in ((1, "≥ 8"), (32, "≥ 3"), (128, "≥ 2.3"), (512, "≥ 1.5"))),
              mlp("512-512", 64, "≥ 2.5", "Adam"), cnn(32, "≥ 2.5"), cnn(128, "≥ 2.5")],
    "ceiling": [mlp("1024-1024-1024", 512, "≥ 75 % of the ceiling")],
    "busy": [mlp("256-256", 128, "≤ 1.4 × our own one-thread time")],
    "nodes": [Case(f"1,024 empty nodes, {s}", ["--shape", s], "≥ 0.83") for s in ("chain", "fan", "wavefront")],
}


def torch_environment(threads):
    """All of the environment, with the BLAS that suits this number of threads."""
    return os.environ | ({"LD_LIBRARY_PATH": str(OPENMP_BLAS)} if threads != "1" and OPENMP_BLAS.exists() else {})


def programs_of(group, case, a):
    """Label, command, environment and whether one CPU is kept busy, for each program of a case."""
    if group == "nodes":
        command = [a.build / "bench_empty_nodes", *case.flags, "--threads", a.threads[-1]]
        return [(OURS, [*command, "--by", "backflow"]), ("oneTBB", [*command, "--by", "tbb"])]
    result = [(f"{OURS}, {t} thread(s)", [a.build / "bench_step", *case.flags, "--threads", t]) for t in a.threads]
    layouts = {", nchw": [], ", channels_last": ["--channels-last"]} if "cnn" in case.flags else {"": []}
    for t in a.threads:
        for layout, more in layouts.items():
            command = [a.python, HERE / "torch_step.py", *case.flags, *more, "--threads", t]
            result.append((f"PyTorch, {t} thread(s){layout}", command, torch_environment(t)))
    if group == "ceiling":
        result.append((CEILING, [a.build / "bench_gemm", "--threads", a.threads[-1]]))
    if group == "busy":
        result += [(f"{label}, {BUSY}", command, *(environment or [None]), True)
                   for label, command, *environment in result if a.threads[-1] in command]
    return result


def gemm_flops(flags):
    """Of one training step of an MLP: forward and weight gradient everywhere, data gradient but in the first layer."""
    hidden, batch = flags[flags.index("--hidden") + 1], int(flags[flags.index("--batch") + 1])
    widths = [784, *map(int, hidden.split(",")), 10]
    products = [2 * batch * a * b for a, b in zip(widths, widths[1:])]
    return 3 * sum(products) - products[0]


def conclusion(group, case, programs, a):
    ours = [p for p in programs if p.label.startswith(OURS) and BUSY not in p.label]
    peers = [p for p in programs if not p.label.startswith((OURS, CEILING)) and BUSY not in p.label]
    if group == "busy":
        busy = {p.label: p.median for p in programs if BUSY in p.label}
        text = "; ".join(f"{label}: {median / ours[0].median:.2f}" for label, median in busy.items())
        return f"Medians over {ours[0].label} without the load: {text} (aim: {case.aim})"
    best = min(peers, key=lambda p: p.least)
    least = best.least / min(p.least for p in ours)
    median = min(p.median for p in peers) / min(p.median for p in ours)
    text = f"Ratio to {best.label}: **{least:.2f}** by min, {median:.2f} by median"
    if group == "ceiling":
        ceiling = 2 * 512 * 1024 * 1024 * int(a.threads[-1]) / programs[-1].least
        share = gemm_flops(case.flags) / min(p.least for p in ours) / ceiling
        text += f"; **{share:.0%}** of {CEILING} ({ceiling / 1e9:.0f} GFLOP/s)"
    return f"{text} (aim: {case.aim})"


def report(group, case, programs, a):
    print(f"\n### {case.name}\n\n| | min µs | median µs |\n| --- | ---: | ---: |")
    for p in programs:
        print(f"| {p.label} | {1e6 * p.least:,.1f} | {1e6 * p.median:,.1f} |")
    print(f"\n{conclusion(group, case, programs, a)}", flush=True)


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
    packages = output_of("dpkg-query", "-W", "-f", "${Package} ${Version}, ", "libdnnl[0-9]*", "libtbb12").strip(", ")
    return (f"{datetime.date.today()} · {cpu_name()}, {len(os.sched_getaffinity(0))} CPUs · PyTorch {torch} · {packages} "
            f"· {method} · load before: {os.getloadavg()[0]:.1f}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(CASES)}; default: all")
    p.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build", help="where the programs are")
    p.add_argument("--python", default="/usr/bin/python3", help="the Python that has PyTorch")
    p.add_argument("--threads", default="1,2", type=lambda s: s.split(","))
    p.add_argument("--rounds", type=int, default=41)
    p.add_argument("--round-seconds", type=float, default=0.02)
    p.add_argument("--patience", type=float, default=20, help="seconds that a case may wait for a quiet machine")
    p.add_argument("--only", default="", help="only cases whose name contains this")
    a = p.parse_args()
    if unknown := set(a.groups) - set(CASES):
        p.error(f"no group {', '.join(unknown)}; there are: {', '.join(CASES)}")
    print(describe(a, f"{a.rounds} rounds of {a.round_seconds} s, in turn"), flush=True)
    for group in a.groups or CASES:
        for case in CASES[group]:
            if a.only in case.name:
                report(group, case, run_rounds(programs_of(group, case, a), a.rounds, a.round_seconds, a.patience), a)


if __name__ == "__main__":
    main()
