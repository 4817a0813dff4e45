#!/usr/bin/python3
"""Times backflow's training step beside PyTorch's and prints a Markdown table.

Every program is started once for each case; then they run one round after another, strictly in turn, the others
stopped. So whatever else the machine does hits all of them alike. A ratio is PyTorch's best configuration over ours.
"""
import argparse
import collections
import datetime
import os
import pathlib
import platform
import signal
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
# Debian's default OpenBLAS has a thread pool of its own that fights with PyTorch's; with this one 2 threads run well.
OPENMP_BLAS = pathlib.Path(f"/usr/lib/{platform.machine()}-linux-gnu/openblas-openmp")
Case = collections.namedtuple("Case", "name flags aim ceiling", defaults=(None, False))
CASES = {
    "first": [
        Case("MLP 784-256-256-10, batch 128, SGD", "--model mlp --hidden 256,256 --batch 128", 1.5),
        Case("CNN, batch 128, SGD", "--model cnn --batch 128", 1.3),
    ],
    "table": [
        *[Case(f"MLP 784-128-10, batch {b}, SGD", f"--hidden 128 --batch {b}", a) for b, a in ((1, 4), (8, 3), (64, 2.2))],
        *[Case(f"MLP 784-256-256-10, batch {b}, SGD", f"--hidden 256,256 --batch {b}", a)
          for b, a in ((1, 8), (32, 3), (128, 2.3), (512, 1.5))],
        Case("MLP 784-512-512-10, batch 64, Adam", "--hidden 512,512 --batch 64 --optimizer adam", 2.5),
        Case("MLP 784-1024-1024-1024-10, batch 512, SGD", "--hidden 1024,1024,1024 --batch 512", None, True),
        *[Case(f"CNN, batch {b}, SGD", f"--model cnn --batch {b}", 2.5) for b in (32, 128)],
    ],
    "nodes": [Case(f"1,024 empty nodes, {s}", f"--shape {s} --side 32", None) for s in ("chain", "fan", "wavefront")],
}


class Program:
    """A process that runs rounds (rounds.h); stopped while it is not its turn."""

    def __init__(self, label, command, peer, environment={}):
        self.label, self.peer, self.times = label, peer, []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **environment})
        if self.process.stdout.readline().strip() != "ready":
            self.process.wait()
            sys.exit(f"compare.py: {' '.join(map(str, command))} did not start")
        self.steps = 1
        os.kill(self.process.pid, signal.SIGSTOP)

    def run(self, steps):
        os.kill(self.process.pid, signal.SIGCONT)
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        seconds = float(self.process.stdout.readline())
        os.kill(self.process.pid, signal.SIGSTOP)
        return seconds / steps

    def settle(self, seconds):
        """Warms up and chooses the steps of a round."""
        for _ in range(4):
            self.steps = max(1, min(100_000, round(seconds / self.run(self.steps))))

    def round(self):
        self.times.append(self.run(self.steps))

    def end(self):
        os.kill(self.process.pid, signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()

    @property
    def least(self):
        return min(self.times)

    @property
    def median(self):
        return statistics.median(self.times)


def programs_of(case, a):
    flags = case.flags.split()
    if "--shape" in flags:
        base = [a.build / "bench_empty_nodes", *flags, "--threads", a.threads[-1]]
        yield Program("backflow", [*base, "--by", "backflow"], False)
        yield Program("oneTBB", [*base, "--by", "tbb"], True)
        return
    for t in a.threads:
        yield Program(f"backflow, {threads(t)}", [a.build / "bench_step", *flags, "--threads", t], False)
    layouts = [("", [])] if "cnn" not in flags else [(", nchw", []), (", channels_last", ["--channels-last"])]
    for t in a.threads:
        for name, more in layouts:
            command = [a.python, HERE / "torch_step.py", *flags, *more, "--threads", t]
            yield Program(f"PyTorch, {threads(t)}{name}", command, True, torch_environment(t))
    if case.ceiling:
        yield Program("GEMM alone", [a.build / "bench_gemm", "--threads", a.threads[-1]], None)


def torch_environment(threads):
    return {"LD_LIBRARY_PATH": str(OPENMP_BLAS)} if threads != "1" and OPENMP_BLAS.exists() else {}


def threads(count):
    return f"{count} thread" + "s" * (count != "1")


def gemm_flops(flags):
    """Of one training step of an MLP: forward and weight gradient everywhere, data gradient but in the first layer."""
    words = flags.split()
    batch = int(words[words.index("--batch") + 1])
    widths = [784, *map(int, words[words.index("--hidden") + 1].split(",")), 10]
    products = [2 * batch * a * b for a, b in zip(widths, widths[1:])]
    return 3 * sum(products) - products[0]


class Quiet:
    """Waits for moments in which nobody else runs; never longer than its patience in all."""

    def __init__(self, patience):
        self.patience = patience

    def wait(self):
        begin = time.monotonic()
        looks = 0
        while looks < 3 and time.monotonic() - begin < self.patience:
            running = int(pathlib.Path("/proc/loadavg").read_text().split()[3].split("/")[0])
            looks = looks + 1 if running == 1 else 0  # one: this program
            time.sleep(0.001)
        self.patience -= time.monotonic() - begin


def measure(case, a):
    programs = list(programs_of(case, a))
    quiet = Quiet(a.patience)
    for p in programs:
        p.settle(a.round_seconds)
    for r in range(a.rounds):
        for p in programs[r % len(programs):] + programs[:r % len(programs)]:
            quiet.wait()
            p.round()
    for p in programs:
        p.end()
    return programs


def report(case, programs, a):
    ours, peers = [p for p in programs if p.peer is False], [p for p in programs if p.peer]
    best = {kind: (min(ours, key=key), min(peers, key=key)) for kind, key in
            (("min", lambda p: p.least), ("median", lambda p: p.median))}
    print(f"\n### {case.name}\n\n| | min µs | median µs |\n| --- | ---: | ---: |")
    for p in programs:
        if p.peer is not None:
            print(f"| {p.label} | {1e6 * p.least:,.1f} | {1e6 * p.median:,.1f} |")
    (our_least, peer_least), (our_median, peer_median) = best["min"], best["median"]
    line = f"\nRatio to {peer_least.label}: **{peer_least.least / our_least.least:.2f}** by min"
    line += f", {peer_median.median / our_median.median:.2f} by median"
    line += f" (aim: {case.aim})" if case.aim else ""
    if case.ceiling:
        gemm = programs[-1]
        ceiling = 2 * 512 * 1024 * 1024 * int(a.threads[-1]) / gemm.least
        line += f"; {gemm_flops(case.flags) / our_least.least / ceiling:.0%} of GEMM alone ({ceiling / 1e9:.0f} GFLOP/s)"
    print(line, flush=True)


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().split("\n"):
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def describe(a):
    torch = output_of(a.python, HERE / "torch_step.py", "--describe")
    if ("openblas" not in torch and "mkl" not in torch) or not OPENMP_BLAS.exists():
        print("compare.py: install libopenblas0-pthread and libopenblas0-openmp, else PyTorch is slower than it can be",
              file=sys.stderr)
    versions = {p: output_of("dpkg-query", "-W", "-f", "${Version}", p) for p in ("libdnnl2", "libtbb12")}
    print(f"{datetime.date.today()} · {cpu_name()}, {len(os.sched_getaffinity(0))} CPUs · PyTorch {torch} · "
          f"oneDNN {versions['libdnnl2']} · oneTBB {versions['libtbb12']} · {a.rounds} rounds of {a.round_seconds} s, "
          f"interleaved · load before {os.getloadavg()[0]:.1f}", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(CASES)}; default: all")
    p.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build", help="where the programs are")
    p.add_argument("--python", default="/usr/bin/python3", help="the Python that has PyTorch")
    p.add_argument("--threads", default="1,2", type=lambda s: s.split(","))
    p.add_argument("--rounds", type=int, default=41)
    p.add_argument("--round-seconds", type=float, default=0.02)
    p.add_argument("--patience", type=float, default=20, help="seconds a case may wait for a quiet machine")
    p.add_argument("--only", default="", help="only cases whose name contains this")
    a = p.parse_args()
    if unknown := set(a.groups) - set(CASES):
        p.error(f"no group {', '.join(unknown)}; there are: {', '.join(CASES)}")
    describe(a)
    for group in a.groups or CASES:
        for case in CASES[group]:
            if a.only in case.name:
                report(case, measure(case, a), a)


if __name__ == "__main__":
    main()
