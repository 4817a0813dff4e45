#!/usr/bin/env python3
"""Ends runs by kill -9 at random moments: kill.py TRAIN DREAM N (paths, and the kills of each). What goes on ends with
the bits of an undisturbed run."""
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

from runs import check_whole, done, picture_run, results, small_runs

LENGTH = 60  # of a run, over that of faults.py


def killed(run, out, seconds):
    """Whether the run was still alive then."""
    with subprocess.Popen(run.next_command(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return True
    assert process.returncode == 0, f"{run.name} failed after a kill"
    return False


def check(run, folder, kills, moments):
    begin = time.monotonic()
    end = done(run.next_command(folder / "whole"))
    assert end.returncode == 0, end.stderr
    seconds, expected = time.monotonic() - begin, results(folder / "whole")
    out, left = folder / "killed", kills
    while left > 0:
        if killed(run, out, moments.uniform(0, seconds / 2)):
            left -= 1
            check_whole(out)
            continue
        assert results(out) == expected, f"{run.name}: other results"  # complete: once more from the beginning
        shutil.rmtree(out)
    end = done(run.next_command(out))
    assert end.returncode == 0, end.stderr
    assert results(out) == expected, f"{run.name}: other results"
    assert not list(out.rglob("*.tmp")), "temporary files are left"
    print(f"{run.name}: killed {kills} times in runs of {seconds:.1f} s; the same bits", flush=True)


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: kill.py TRAIN DREAM N")
    train, dream = map(os.path.abspath, sys.argv[1:3])
    moments = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for run in [*small_runs(train, dream, folder, LENGTH), picture_run(train, folder, LENGTH)]:
            own = folder / run.name
            own.mkdir()
            check(run, own, int(sys.argv[3]), moments)


if __name__ == "__main__":
    main()
