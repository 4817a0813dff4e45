"""Programs that run rounds of steps (rounds.h), strictly in turn: while one runs, the others are stopped."""
import os
import pathlib
import signal
import subprocess
import sys
import time

signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that no stopped program is left behind


class Program:
    """A process that runs a round when it is told to. With `busy`, one CPU is kept busy by somebody else meanwhile."""

    def __init__(self, label, command, environment=None, busy=False, judged=True):
        self.label, self.judged, self.steps, self.times = label, judged, 1, []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment)
        self.processes = [self.process]
        if self.process.stdout.readline().strip() != "ready":
            self.process.wait()
            sys.exit(f"this did not start: {' '.join(map(str, command))}")
        if busy:
            loop = f"import os\nos.sched_setaffinity(0, [{min(os.sched_getaffinity(0))}])\nwhile True: pass"
            self.processes.append(subprocess.Popen([sys.executable, "-c", loop]))
        self.signal(signal.SIGSTOP)

    def signal(self, number):
        for process in self.processes:
            process.send_signal(number)

    def run(self, steps):
        self.signal(signal.SIGCONT)
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        seconds = float(self.process.stdout.readline())
        self.signal(signal.SIGSTOP)
        return seconds / steps

    def settle(self, seconds):
        """Warms up and chooses the steps of a round. The first steps may be done already, by a loader that reads ahead."""
        for _ in range(10):
            steps = max(1, min(100_000, round(seconds / self.run(self.steps))))
            settled = steps < 2 * self.steps
            self.steps = min(steps, 8 * self.steps)
            if settled and steps > self.steps // 2:
                break

    def round(self):
        self.times.append(self.run(self.steps))

    def kill(self):
        for process in self.processes:
            process.kill()
            process.wait()


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


def try_program(entry, rounds, round_seconds):
    """The least seconds of a step, or None if the program does not start."""
    try:
        program = Program(*entry)
    except SystemExit:
        return None
    try:
        program.settle(round_seconds)
        for _ in range(rounds):
            program.round()
        return min(program.times)
    finally:
        program.kill()


def run_rounds(make_programs, rounds, round_seconds, patience):
    """Starts the programs, times `rounds` rounds of each, ends and returns them."""
    programs, quiet = [], Quiet(patience)
    try:
        programs.extend(Program(*p) for p in make_programs)
        for p in programs:
            p.settle(round_seconds)
        for r in range(rounds):
            for p in programs[r % len(programs):] + programs[:r % len(programs)]:
                quiet.wait()
                p.round()
    finally:
        for p in programs:
            p.kill()
    return programs
