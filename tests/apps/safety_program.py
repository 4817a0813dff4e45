#!/usr/bin/env python3
"""What signals, closed descriptors, a second run, a full disk and a flipped bit do to runs of train, dream and lists of
jobs: safety_program.py PATH-OF-TRAIN PATH-OF-DREAM."""
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

from support.interrupt import lines
from support.onnx_file import small_network
from support.train_runs import ProgramTest, metrics, sha256, without_rates


class SafetyTest(ProgramTest):
    dream = ""  # its path

    def setUp(self):
        super().setUp()
        self.model = self.folder / "net.onnx"
        self.model.write_bytes(small_network())
        self.jobs = self.folder / "jobs.json"
        settings = {"hidden": [16], "epochs": 4000, "batch": 8, "data": str(self.data)}
        self.jobs.write_text(json.dumps({"jobs": [{"name": "a", "kind": "train", "settings": settings}]}))
        self.long_train = [self.program, "--data", self.data, "--hidden", "16", "--epochs", "4000", "--batch", "8"]
        self.long_dream = [self.dream, "--model", self.model, "--target", "class:1", "--size", "24", "--steps", "30000",
                           "--preset", "homework"]
        self.long_jobs = [self.program, "--jobs", self.jobs]

    def long_runs(self):
        """Command, its metrics, the file that it goes on from, and what it says when it is ended."""
        return ((self.long_train, "metrics.jsonl", "checkpoint.safetensors", "train --resume"),
                (self.long_dream, "metrics.jsonl", "state/class_1.safetensors", "dream --resume"),
                (self.long_jobs, "a/metrics.jsonl", "a/checkpoint.safetensors", "the same command goes on"))

    def start(self, command, out, **more):
        more.setdefault("stdout", subprocess.DEVNULL)
        return subprocess.Popen([*map(str, command), "--out", str(out)], stderr=subprocess.PIPE, text=True, **more)

    def wait_for_lines(self, run, file, count=5):
        while run.poll() is None and lines(file) < count:
            time.sleep(0.002)
        self.assertIsNone(run.poll(), "the run was too short")

    def run_once(self, command, out, **more):
        return subprocess.run([*map(str, command), "--out", str(out)], capture_output=True, text=True, timeout=120, **more)


class Signals(SafetyTest):
    def test_to_end_keep_what_there_is_and_are_the_status(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            for i, (command, file, kept, text) in enumerate(self.long_runs()):
                with self.subTest(number=number, command=i):
                    out = self.folder / f"{number}_{i}"
                    with self.start(command, out) as run:
                        self.wait_for_lines(run, out / file)
                        run.send_signal(number)
                        run.send_signal(number)  # as timeout(1) does, which has a group too
                        error = run.communicate(timeout=60)[1]
                    self.assertEqual(run.returncode, 128 + number, error)
                    self.assertIn("interrupted after", error)
                    self.assertIn(text, error)
                    self.assertTrue((out / kept).exists())
                    self.assertFalse(list(out.rglob("run.lock")))

    def test_nohup_keeps_a_hangup_away(self):
        with self.start(self.long_train, self.out, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as run:
            self.wait_for_lines(run, self.out / "metrics.jsonl")
            run.send_signal(signal.SIGHUP)
            self.wait_for_lines(run, self.out / "metrics.jsonl", lines(self.out / "metrics.jsonl") + 20)
            run.send_signal(signal.SIGTERM)
            run.communicate(timeout=60)
        self.assertEqual(run.returncode, 128 + signal.SIGTERM)


class Output(SafetyTest):
    SHORT_TRAIN = ("--epochs", "3", "--batch", "64", "--hidden", "16")

    def short_runs(self):
        return ((self.program, "--data", self.data, *self.SHORT_TRAIN),
                (self.dream, "--model", self.model, "--target", "class:1", "--size", "16", "--steps", "4"))

    def test_that_nobody_reads_ends_and_the_run_does_not(self):
        for i, command in enumerate(self.short_runs()):
            reader, writer = os.pipe()
            os.close(reader)
            out = self.folder / str(i)
            with self.start(command, out, stdout=writer) as run:
                os.close(writer)
                error = run.communicate(timeout=60)[1]
            self.assertEqual((run.returncode, error), (0, ""))
            self.assertTrue(list(out.glob("model.safetensors")) + list(out.glob("class_1.png")))

    def test_on_closed_descriptors_goes_into_no_file(self):
        for closed in ((1,), (0, 1, 2), (2,)):
            for i, command in enumerate(self.short_runs()):
                with self.subTest(closed=closed, command=i):
                    out = self.folder / f"out_{i}"
                    shutil.rmtree(out, ignore_errors=True)
                    text = " ".join(f"{n}>&-" for n in closed)
                    done = subprocess.run(["sh", "-c", f'"$@" {text}', "sh", *map(str, command), "--out", str(out)],
                                          capture_output=True, text=True, timeout=60)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.assertEqual(done.stdout == "", 1 in closed)
                    for line in metrics(out):
                        self.assertIsInstance(line, dict)


class TwoRuns(SafetyTest):
    def test_in_one_folder_are_one_too_many(self):
        for i, (command, file, _, _) in enumerate(self.long_runs()):
            with self.subTest(command=i):
                out = self.folder / str(i)
                with self.start(command, out) as run:
                    self.wait_for_lines(run, out / file)
                    second = self.run_once(command, out)
                    self.assertEqual(second.returncode, 1, second)
                    self.assertRegex(second.stderr, rf"is in use by another run: process {run.pid} on .*, started \d{{4}}-")
                    self.assertIsNone(run.poll())
                    run.send_signal(signal.SIGTERM)
                    run.communicate(timeout=60)

    def test_the_lock_of_a_run_that_was_killed_is_taken_over_and_its_temporary_files_go(self):
        for i, (command, file, _, _) in enumerate(self.long_runs()):
            with self.subTest(command=i):
                out = self.folder / str(i)
                folder = (out / file).parent
                with self.start(command, out) as run:
                    self.wait_for_lines(run, out / file)
                    run.kill()
                    run.communicate(timeout=60)
                (folder / "state").mkdir(exist_ok=True)
                abandoned = [folder / f"x.png.{run.pid}.0.tmp", folder / "state" / f"a.safetensors.{run.pid}.3.tmp"]
                others = [folder / f"x.png.{os.getpid()}.0.tmp", folder / "mine.tmp", folder / "x.1.2.png"]
                for name in abandoned + others:
                    name.write_text("half")
                (out / file).unlink()
                with self.start(command, out) as again:
                    self.wait_for_lines(again, out / file)
                    again.send_signal(signal.SIGTERM)
                    error = again.communicate(timeout=60)[1]
                self.assertRegex(error, rf"took over .* from a run that was killed: process {run.pid} on ")
                self.assertFalse([f for f in abandoned if f.exists()])
                self.assertTrue(all(f.exists() for f in others))


class FlippedBits(SafetyTest):
    def flip(self, file, at=-5):
        content = bytearray(file.read_bytes())
        content[at] ^= 4
        file.write_bytes(content)

    def test_of_a_checkpoint_are_found_and_the_one_before_it_goes_on(self):
        self.good("--epochs", "4", "--batch", "64")
        whole = sha256(self.out / "model.safetensors")
        self.good("--epochs", "4", "--batch", "64", "--limit-steps", "12", "--overwrite")
        checkpoint, previous = (self.out / f"checkpoint{p}.safetensors" for p in ("", ".previous"))
        self.flip(checkpoint)
        self.bad(1, ("is damaged", "CRC-32", str(checkpoint), str(previous)), "--resume")
        previous.rename(checkpoint)
        self.good("--resume")
        self.assertEqual(sha256(self.out / "model.safetensors"), whole)

    def test_of_the_settings_in_a_checkpoint_are_found(self):
        self.good("--epochs", "2", "--batch", "64", "--limit-steps", "7")
        checkpoint = self.out / "checkpoint.safetensors"
        self.flip(checkpoint, checkpoint.read_bytes().index(b'"seed":"1"') + 8)
        self.bad(1, ("is damaged", "metadata"), "--resume")

    def test_of_a_dream_s_state_are_found(self):
        command = [*self.long_dream, "--limit-steps", "3"]
        self.assertEqual(self.run_once(command, self.out).returncode, 0)
        self.flip(self.out / "state" / "class_1.safetensors")
        done = self.run_once([self.dream, "--resume"], self.out)
        self.assertEqual(done.returncode, 1)
        self.assertIn("class_1.safetensors is damaged", done.stderr)


class Dreams(SafetyTest):
    ARGUMENTS = ("--target", "class:1", "--size", "64", "--preset", "naive", "--steps", "6")

    def run_dream(self, *arguments, limit=None):
        """Files of more than `limit` bytes stand for a full disk."""
        def full():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return self.run_once([self.dream, "--model", self.model, *self.ARGUMENTS, *arguments], self.out,
                             preexec_fn=full if limit else None)

    def test_a_state_that_cannot_be_written_leaves_the_picture(self):
        """Its three tensors are larger than the picture."""
        done = self.run_dream("--limit-steps", "3", limit=40_000)
        self.assertEqual(done.returncode, 1)
        self.assertIn("class_1.safetensors: File too large", done.stderr)
        self.assertTrue((self.out / "class_1.png").exists())

    def test_a_state_that_cannot_be_kept_on_the_way_costs_a_warning(self):
        done = self.run_dream("--state-every", "0", limit=40_000)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("was not kept", done.stderr)

    def test_a_frame_that_cannot_be_written_costs_that_frame(self):
        self.assertEqual(self.run_dream().returncode, 0)
        whole = sha256(self.out / "class_1.png")
        self.assertEqual(self.run_dream("--limit-steps", "1", "--overwrite").returncode, 0)
        frames = self.out / "frames" / "class_1"
        (frames / "000004.png").mkdir(parents=True)  # stands where the frame goes
        done = self.run_once([self.dream, "--resume", "--every", "2"], self.out)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("000004.png", done.stderr)
        self.assertEqual(sha256(self.out / "class_1.png"), whole)
        self.assertTrue((frames / "000006.png").is_file())

    def test_keep_their_states_on_the_way(self):
        with self.start([*self.long_dream, "--state-every", "0"], self.out) as run:
            self.wait_for_lines(run, self.out / "metrics.jsonl", 20)
            run.kill()
            run.communicate(timeout=60)
        done = self.run_once([self.dream, "--resume", "--limit-steps", "40"], self.out)
        self.assertEqual(done.returncode, 0, done)
        expected = self.folder / "expected"
        self.assertEqual(self.run_once([*self.long_dream, "--limit-steps", len(metrics(self.out))], expected).returncode, 0)
        for name in ("metrics.jsonl", "class_1.png", "state/class_1.safetensors"):
            self.assertEqual(sha256(self.out / name), sha256(expected / name), name)


class Watched(SafetyTest):
    def test_an_image_that_cannot_be_written_is_missing_and_training_has_its_bits(self):
        arguments = ("--model", "cnn", "--epochs", "2", "--batch", "32")
        self.good(*arguments, hidden=None)
        whole = sha256(self.out / "model.safetensors")
        images = self.out / "watch" / "class_1"
        (images / "step_000008.png").mkdir(parents=True)  # stands where the image goes
        done = self.run_train(*arguments, "--watch", "classes", "--watch-every", "8", "--watch-steps", "2", hidden=None)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("step_000008.png", done.stderr)
        self.assertTrue((images / "step_000016.png").is_file())
        self.assertEqual(sha256(self.out / "model.safetensors"), whole)


class Jobs(SafetyTest):
    def test_more_jobs_than_open_files_need_a_higher_limit_or_are_refused(self):
        settings = {"hidden": [2], "epochs": 1, "batch": 300, "data": str(self.data)}
        self.jobs.write_text(json.dumps({"jobs": [
            {"name": f"a{i}", "kind": "train", "settings": settings} for i in range(70)]}))

        def run(hard):
            return self.run_once(self.long_jobs, self.out,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard)))

        done = run(100)
        self.assertEqual(done.returncode, 2, done)
        self.assertIn("70 jobs need 326 open files, the system allows 100", done.stderr)
        done = run(400)
        self.assertEqual(done.returncode, 0, done)

    def test_job_json_is_the_same_after_a_kill_before_it_was_written(self):
        settings = {"hidden": [16], "epochs": 2, "batch": 32, "data": str(self.data)}
        self.jobs.write_text(json.dumps({"jobs": [{"name": "a", "kind": "train", "settings": settings}]}))
        self.assertEqual(self.run_once(self.long_jobs, self.out).returncode, 0)
        state = self.out / "a" / "job.json"
        whole = state.read_bytes()
        began = json.loads(whole)
        state.write_text(json.dumps(dict(began, complete=False, result="")))
        (self.out / "a" / "model.safetensors").unlink()
        self.assertEqual(self.run_once(self.long_jobs, self.out).returncode, 0)
        self.assertEqual(state.read_bytes(), whole)


class Paths(SafetyTest):
    def test_that_cannot_be_written_are_said_before_the_first_step(self):
        trace = self.folder / "nowhere" / "trace.json"
        self.bad(1, ("--trace", str(trace)), "--epochs", "1", "--trace", trace)
        self.assertFalse((self.out / "metrics.jsonl").exists())
        done = self.run_once([*self.long_jobs, "--trace", trace], self.folder / "jobs")
        self.assertEqual(done.returncode, 1, done)
        self.assertIn(str(trace), done.stderr)
        self.assertFalse((self.folder / "jobs" / "a" / "metrics.jsonl").exists())

    def test_of_data_or_a_network_that_are_not_utf8_are_said_before_the_first_step(self):
        data = os.fsencode(self.folder) + b"/da\xfeta"
        shutil.copytree(self.data, os.fsdecode(data))
        done = subprocess.run([self.program, "--data", data, "--epochs", "1", "--out", str(self.out)], capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2, done)
        self.assertIn("--data", done.stderr)
        self.assertIn("UTF-8", done.stderr)
        self.assertFalse(self.out.exists())
        model = os.fsencode(self.folder) + b"/n\xfet.onnx"
        shutil.copy(self.model, os.fsdecode(model))
        done = subprocess.run([self.dream, "--model", model, "--target", "class:1", "--out", str(self.out)],
                              capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn(b"UTF-8", done.stderr)
        self.assertFalse(self.out.exists())


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: safety_program.py PATH-OF-TRAIN PATH-OF-DREAM [tests]")
    SafetyTest.program, SafetyTest.dream = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
    unittest.main()


if __name__ == "__main__":
    main()
