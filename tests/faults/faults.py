#!/usr/bin/env python3
"""Lets the n-th write of a run fail, for n = 1, 2, … until the run passes unharmed: faults.py TRAIN DREAM SHIM [--all]
(paths). After each failure the files that are there are whole, and the run goes on to the same bits. Each n meets one
kind of failure, with --all every kind."""
import os
import pathlib
import shutil
import sys
import tempfile

from runs import check_whole, done, results, small_runs

KINDS = ["ENOSPC", "full", "EIO", "short", "EDQUOT"]


class Faults:
    def __init__(self, run, shim, folder, every_kind):
        self.run, self.shim, self.every_kind = run, shim, every_kind
        self.out, self.report = folder / "out", folder / "met"
        self.ended = 0  # runs that a failure ended

    def environment(self, n, kind):
        return dict(os.environ, LD_PRELOAD=self.shim, FAULT_FOLDER=str(self.out), FAULT_AT=str(n), FAULT_KIND=kind,
                    FAULT_REPORT=str(self.report))

    def expected(self):
        end = done(self.run.next_command(self.out))
        assert end.returncode == 0, end.stderr
        return results(self.out)

    def check(self, n, kind, expected):
        """Whether the run was met; without `n`-th call it passes."""
        shutil.rmtree(self.out, ignore_errors=True)
        self.report.unlink(missing_ok=True)
        end = done(self.run.next_command(self.out), env=self.environment(n, kind))
        what = f"{self.run.name}, call {n}, {kind}: status {end.returncode}, {end.stderr}"
        met = self.report.exists()
        assert end.returncode in ((0, 1) if met and kind != "short" else (0,)), what
        assert end.returncode == 0 or end.stderr, what
        check_whole(self.out)
        if end.returncode == 0:
            frames = {f for f in expected if f.startswith("frames/")} if end.stderr else set()
            found = {f: content for f, content in results(self.out).items() if f not in frames}
            assert found == {f: c for f, c in expected.items() if f not in frames}, what
            return met
        self.ended += 1
        end = done(self.run.next_command(self.out))
        assert end.returncode == 0, f"{what}; then {end.stderr}"
        missing = {f for f in expected if f.startswith("frames/")}  # a frame that was lost stays so
        found = results(self.out)
        assert {f: c for f, c in found.items() if f not in missing} == \
            {f: c for f, c in expected.items() if f not in missing}, f"{what}; other results"
        assert all(found[f] == expected[f] for f in missing & set(found)), f"{what}; other frames"
        return met

    def check_all(self):
        expected, n, met = self.expected(), 0, True
        while met:
            n += 1
            kinds = KINDS if self.every_kind else [KINDS[n % len(KINDS)]]
            met = any([self.check(n, kind, expected) for kind in kinds])
        print(f"{self.run.name}: {n - 1} calls failed, one at a time, which ended {self.ended} runs; all went on to the "
              "same bits", flush=True)
        assert self.ended > 5, "hardly any failure ended a run"


def main():
    arguments = [a for a in sys.argv[1:] if a != "--all"]
    if len(arguments) != 3:
        sys.exit("usage: faults.py TRAIN DREAM SHIM [--all]")
    train, dream, shim = map(os.path.abspath, arguments)
    with tempfile.TemporaryDirectory() as folder:
        for run in small_runs(train, dream, pathlib.Path(folder)):
            own = pathlib.Path(folder) / run.name
            own.mkdir()
            Faults(run, shim, own, "--all" in sys.argv).check_all()


if __name__ == "__main__":
    main()
