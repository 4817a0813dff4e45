#!/usr/bin/env python3
"""Two processes at once for SECONDS: soak.py TRAIN SECONDS. One trains and makes images of each class all the while
(--watch), the other runs a list of short jobs that train, evaluate and dream. Both are sampled every second; memory and
descriptors of the last quarter may not be more than those of the second one. Writes where they stand every ten
minutes."""
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from runs import write_data

MAX_GROWTH, MAX_BYTES = 0.03, 4 << 20  # of the resident size: the share, or bytes if that is more
JOBS_A_SECOND, MAX_JOBS = 40, 15_000  # more than the process can do in the time
TOLD_SECONDS = 600


def resident(pid):
    fields = pathlib.Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


class Process:
    """A command that is sampled, and killed at the end of a `with`."""

    def __init__(self, name, command, made):
        self.name, self.made, self.sizes, self.descriptors = name, made, [], []
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def sample(self):
        assert self.process.poll() is None, f"{self.name} ended: {self.process.stderr.read().decode()}"
        self.sizes.append(resident(self.process.pid))
        self.descriptors.append(min(self.open_files() for _ in range(20)))  # without those that are just being written

    def open_files(self):
        time.sleep(0.002)
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def tell(self, seconds):
        print(f"{self.name}, {seconds:.0f} s: {self.made()}, {self.sizes[-1] / 1e6:.1f} MB, "
              f"{self.descriptors[-1]} descriptors", flush=True)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        _, error = self.process.communicate(timeout=300)
        assert self.process.returncode == 128 + signal.SIGTERM, f"{self.name}: {self.process.returncode}, {error}"

    def check(self):
        """Prints the figures; whether nothing grew."""
        quarter, tenth = len(self.sizes) // 4, len(self.sizes) / 10
        parts = slice(quarter, 2 * quarter), slice(-quarter, None)
        size = [statistics.median(self.sizes[part]) for part in parts]
        files = [min(self.descriptors[part]) for part in parts]
        steps = [statistics.median(self.sizes[int(i * tenth):int((i + 1) * tenth)]) / 1e6 for i in range(10)]
        print(f"{self.name}: {self.made()}; resident {size[0] / 1e6:.1f} → {size[1] / 1e6:.1f} MB (by tenths "
              f"{' '.join(f'{s:.1f}' for s in steps)}), descriptors {files[0]:.0f} → {files[1]:.0f}", flush=True)
        return size[1] - size[0] <= max(MAX_BYTES, MAX_GROWTH * size[0]) and files[1] <= files[0]


def job_list(seconds, data):
    settings = {"model": "mlp", "hidden": [8], "epochs": 100 if seconds < 300 else 2000, "batch": 48, "data": str(data)}
    jobs = [{"name": "first", "kind": "train", "settings": settings}]
    for i in range(min(seconds * JOBS_A_SECOND, MAX_JOBS) // 3):
        before = [jobs[-1]["name"]]
        jobs += [{"name": f"train{i}", "kind": "train", "settings": settings | {"seed": i}, "after": before},
                 {"name": f"score{i}", "kind": "evaluate", "model": f"train{i}"},
                 {"name": f"dream{i}", "kind": "dream", "model": f"train{i}", "objectives": ["class:1"],
                  "options": {"steps": 300}}]
    return {"jobs": jobs}


def images(folder):
    return f"{sum(1 for _ in folder.rglob('step_*.png'))} images"


def jobs_done(folder):
    return f"{sum(1 for f in folder.rglob('job.json') if json.loads(f.read_text())['complete'])} jobs"


def soak(train, seconds, folder):
    """Whether nothing grew."""
    every = max(20, seconds // 2)  # all images are frames of one animation in the end
    data, jobs, watched, done = folder / "data", folder / "jobs.json", folder / "watch", folder / "jobs"
    write_data(data, 3200, 48)
    jobs.write_text(json.dumps(job_list(seconds, data)))
    watch = [train, "--data", data, "--hidden", "16", "--batch", "32", "--epochs", "1000000", "--watch", "classes",
             "--watch-every", every, "--watch-steps", "8", "--quiet", "--out", watched]
    listed = [train, "--jobs", jobs, "--quiet", "--out", done]
    with Process("train --watch", watch, lambda: images(watched)) as first, \
            Process("train --jobs", listed, lambda: jobs_done(done)) as second:
        begin = told = time.monotonic()
        while time.monotonic() < begin + seconds:
            time.sleep(1)
            due = time.monotonic() > told + TOLD_SECONDS
            told += TOLD_SECONDS * due
            for process in (first, second):
                process.sample()
                if due:
                    process.tell(told - begin)
        made = [process.made() for process in (first, second)]
        for process in (first, second):
            process.end()
        assert not any(text.startswith("0 ") for text in made), f"nothing was made: {made}"
        return all([process.check() for process in (first, second)])


def main():
    if len(sys.argv) != 3 or not sys.argv[2].isdigit() or int(sys.argv[2]) < 20:
        sys.exit("usage: soak.py TRAIN SECONDS, at least 20")
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(not soak(os.path.abspath(sys.argv[1]), int(sys.argv[2]), pathlib.Path(folder)))


if __name__ == "__main__":
    main()
