#!/usr/bin/env python3
"""Runs lists of jobs with the binary `train`: jobs_program.py PATH-OF-TRAIN.

BACKFLOW_KILLS in the environment is the number of kill -9 at random moments; 4 without it."""
import json
import os
import random
import shutil
import subprocess
import sys
import time
import unittest

from support.interrupt import interrupted
from support.train_runs import ProgramTest, sha256, without_rates

SMALL = {"model": "mlp", "hidden": [16], "epochs": 2, "batch": 32}


class JobsTest(ProgramTest):
    def write(self, content):
        file = self.folder / "jobs.json"
        for job in content["jobs"] if isinstance(content, dict) and isinstance(content.get("jobs"), list) else []:
            if isinstance(job, dict) and job.get("kind") == "train" and "settings" in job:
                job["settings"].setdefault("data", str(self.data))
        file.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
        return file

    def jobs(self, content, *arguments, status=0):
        done = self.run_train("--jobs", self.write(content), *arguments, data=False, hidden=None)
        self.assertEqual(done.returncode, status, done)
        return done

    def refused(self, parts, content):
        """Ends with 2, one line, and nothing started."""
        error = self.jobs(content, status=2).stderr
        self.assertEqual(error.count("\n"), 1, error)
        for part in [parts] if isinstance(parts, str) else parts:
            self.assertIn(part, error)
        self.assertFalse(self.out.exists())

    def result(self, folder=None):
        """All that a run leaves, but for what no two runs share."""
        files = {}
        for file in sorted((folder or self.out).rglob("*")):
            name = str(file.relative_to(folder or self.out))
            if file.name == "metrics.jsonl":
                files[name] = without_rates(file.parent)
            elif file.name == "checkpoint.previous.safetensors":
                continue  # depends on where a run was interrupted
            elif file.suffix in (".safetensors", ".png") or file.name == "evaluation.json":
                files[name] = sha256(file)
        return files


def train(name, **more):
    settings = dict(SMALL, **more.pop("settings", {}))
    if settings["model"] != "mlp":
        del settings["hidden"]
    return {"name": name, "kind": "train", "settings": settings, **more}


def dream(name, model, **more):
    return {"name": name, "kind": "dream", "model": model, "objectives": ["class:1", "class:3"],
            "options": {"steps": 8}, **more}


def four():
    return {"jobs": [dream("images", "a"), {"name": "score", "kind": "evaluate", "model": "b", "priority": 3},
                     train("a", settings={"model": "cnn", "epochs": 3}, checkpoint_every=3),
                     train("b", share=2, settings={"optimizer": "adam", "lr": 0.01})]}


class Refused(JobsTest):
    def test_what_is_no_list_of_jobs(self):
        for parts, text in ((("jobs.json:2", "not JSON"), '{\n"jobs": [tru]}'),
                            (("jobs.json:1", "should be an object"), "[]"),
                            (("jobs.json:1", "'jobs' should be a list of jobs"), "{}"),
                            (("jobs.json:3", "'jobs' is there twice"), '{\n"jobs": [1],\n"jobs": [2]}'),
                            (("jobs.json:1: job 1", "should be an object"), '{"jobs": [7]}')):
            with self.subTest(text):
                self.refused(parts, text)

    def test_unknown_keys_with_their_line_and_the_near_one(self):
        self.refused(("jobs.json:", "key 'memory'", "memory_limit"), {"memory": 3, "jobs": [train("a")]})
        text = '{"jobs": [\n{"name": "a", "kind": "train",\n"shar": 1}]}'
        self.refused(("jobs.json:3: job 'a'", "key 'shar'", "share"), text)
        self.refused(("job 'a'", "'epoch'", "epochs"), {"jobs": [train("a", settings={"epoch": 3})]})
        self.refused("'objectives'", {"jobs": [train("a", objectives=["class:1"])]})

    def test_values_of_the_wrong_type_or_out_of_their_range(self):
        for parts, change in ((("'share'", "above 0"), {"share": 0}), (("'share'", "at most 1000"), {"share": 1e9}),
                              (("'share'", "a number"), {"share": "much"}), (("'priority'", "1000"), {"priority": 1001}),
                              (("'priority'", "whole"), {"priority": 0.5}), (("'after'", "list of texts"), {"after": "a"}),
                              (("'kind'", "'study'"), {"kind": "study"}), (("'name'", "a/b"), {"name": "a/b"}),
                              (("'limit_steps'", "1 or more"), {"limit_steps": 0})):
            with self.subTest(change):
                self.refused(parts, {"jobs": [dict(train("a"), **change)]})
        for parts, change in (("epochs", {"epochs": 0}), ("'epochs'", {"epochs": "many"}), ("rnn", {"model": "rnn"}),
                              ("'nesterov'", {"nesterov": 1}), ("nothing", {"data": "nothing"})):
            with self.subTest(change):
                self.refused(("job 'a'", parts), {"jobs": [train("a", settings=change)]})

    def test_unknown_jobs_and_models_that_are_none(self):
        self.refused(("job 'a'", "'bb'"), {"jobs": [train("a", after=["bb"])]})
        self.refused(("job 's'", "'x'"), {"jobs": [train("a"), {"name": "s", "kind": "evaluate", "model": "x"}]})
        self.refused(("job 's'", "'model'"), {"jobs": [{"name": "s", "kind": "evaluate"}]})
        self.refused(("job 't'", "'s'", "evaluate"), {"jobs": [
            train("a"), {"name": "s", "kind": "evaluate", "model": "a"}, {"name": "t", "kind": "evaluate", "model": "s"}]})
        self.refused(("job 'd'", "class"), {"jobs": [train("a"), dream("d", "a", objectives=["class:99"])]})
        self.refused(("job 'd'", "'step'"), {"jobs": [train("a"), dream("d", "a", options={"step": 3})]})

    def test_a_circle(self):
        self.refused(("a → c → b → a",), {"jobs": [train("a", after=["c"]), train("b", after=["a"]), train("c", after=["b"])]})
        self.refused("a → a", {"jobs": [train("a", after=["a"])]})

    def test_two_jobs_of_one_name_or_folder(self):
        self.refused(("job 'a'", "another job of that name"), {"jobs": [train("a"), train("a")]})
        self.refused(("job 'b'", "folder of job 'a'"), {"jobs": [
            train("a", out=str(self.folder / "x")), train("b", out=str(self.folder / "y" / ".." / "x"))]})

    def test_a_limit_that_a_job_can_never_fit(self):
        jobs = {"memory_limit": 1000, "jobs": [train("a")]}
        self.refused(("job 'a'", "needs", "bytes", "'memory_limit' is 1000"), jobs)
        error = self.jobs(jobs, "--max-memory", "2K", status=2).stderr
        self.assertRegex(error, "job 'a': needs \\d+ bytes, --max-memory is 2048 ")
        self.jobs(jobs, "--max-memory", "1G")

    def test_options_of_single_runs_say_what_to_do_instead(self):
        for wanted, *arguments in (("remove the folder of the job", "--overwrite"), ("goes on", "--resume"),
                                   ("a job of kind evaluate", "--eval-only"), ("limit_steps", "--limit-steps", "3"),
                                   ("a key of a job", "--checkpoint", "x"), ("a job of kind dream", "--watch", "classes"),
                                   ("a setting of a job in the file: learning_rate", "--lr", "1"),
                                   ("a setting of a job in the file: hidden", "--hidden", "3"),
                                   ("give it without --jobs", "--memory-report")):
            with self.subTest(arguments):
                error = self.jobs({"jobs": [train("a")]}, *arguments, status=2).stderr
                self.assertIn(f"{arguments[0]} does not go with --jobs: ", error)
                self.assertIn(wanted, error)


class Runs(JobsTest):
    def test_jobs_wait_for_the_model_that_they_need_and_a_table_says_how_it_went(self):
        done = self.jobs(four())
        self.assertRegex(done.stdout, r"a +train +complete +30 .*test accuracy")
        self.assertRegex(done.stdout, r"score +evaluate +complete .*accuracy \d+\.\d\d %")
        self.assertRegex(done.stdout, r"images +dream +complete .*2 images")
        self.assertRegex(done.stdout, r"a +wall .* work .* critical path .* idle .* available parallelism .* limited by")
        self.assertIn("complete", done.stderr)  # lines of the states, where there is no terminal
        self.assertNotIn("\r", done.stderr)
        files = self.result()
        for name in ("a/model.safetensors", "score/evaluation.json", "images/class_1.png", "images/contact_sheet.png"):
            self.assertIn(name, files)

    def test_each_computes_what_it_computes_alone(self):
        self.jobs(four())
        for name, arguments in (("a", ("--model", "cnn", "--epochs", "3")), ("b", ("--optimizer", "adam", "--lr", "0.01",
                                                                                  "--epochs", "2"))):
            with self.subTest(name):
                alone = self.folder / f"alone_{name}"
                self.good("--batch", "32", "--out", alone, *arguments, out=False)
                self.assertEqual(sha256(alone / "model.safetensors"), sha256(self.out / name / "model.safetensors"))

    def test_on_any_number_of_workers_and_under_a_memory_limit(self):
        self.jobs(four(), "--threads", "1")
        expected = self.result()
        for threads, limit in ((2, None), (4, None), (2, 16_000_000)):
            with self.subTest(threads=threads, limit=limit):
                self.out = self.folder / f"out_{threads}_{limit}"
                self.jobs(dict(four(), **({"memory_limit": limit} if limit else {})), "--threads", threads)
                self.assertEqual(self.result(), expected)

    def test_again_skips_what_is_complete(self):
        self.jobs(four())
        times = {f: f.stat().st_mtime_ns for f in self.out.rglob("*") if f.is_file()}
        done = self.jobs(four())
        self.assertEqual(done.stdout.count(" complete "), 4)
        self.assertIn("2 images", done.stdout)
        self.assertEqual({f: f.stat().st_mtime_ns for f in self.out.rglob("*") if f.is_file()}, times)

    def test_a_folder_of_other_settings_is_left_alone(self):
        self.jobs({"jobs": [train("a")]})
        before = self.result()
        done = self.jobs({"jobs": [train("a", settings={"lr": 0.5})]}, status=1)
        self.assertIn("holds the result of other settings", done.stderr)
        (self.out / "a" / "job.json").unlink()
        self.assertIn("not of a list of jobs", self.jobs({"jobs": [train("a")]}, status=1).stderr)
        self.assertEqual(self.result(), before)

    def test_a_job_that_fails_disturbs_no_other_but_those_that_need_it(self):
        done = self.jobs({"jobs": [train("bad", settings={"lr": 1e30}), train("good"),
                                   {"name": "score", "kind": "evaluate", "model": "bad"}]}, status=1)
        self.assertIn("job 'bad': [train]", done.stderr)
        self.assertIn("job 'score': it needs the result of job 'bad', which failed", done.stderr)
        self.assertTrue((self.out / "good" / "model.safetensors").exists())

    def test_a_trace_has_a_track_for_each_job(self):
        trace = self.folder / "trace.json"
        self.jobs(four(), "--trace", trace)
        names = {e["args"]["name"] for e in json.loads(trace.read_text())["traceEvents"] if e["name"] == "process_name"}
        self.assertEqual(names, {"a", "b", "score", "images"})

    def test_predictions_say_that_they_are_some(self):
        done = self.jobs({"jobs": [train("a")]}, "--predict-cores")
        self.assertIn("a: predicted", done.stdout)
        self.assertRegex(done.stdout, r"\n +64 +\d")


class Ended(JobsTest):
    def long(self):
        """Long enough to be met in the middle."""
        return {"jobs": [train("a", settings={"model": "cnn", "epochs": 6, "batch": 8}, checkpoint_every=7),
                         train("b", settings={"epochs": 30, "batch": 4, "optimizer": "adam", "lr": 0.001}, checkpoint_every=50),
                         {"name": "score", "kind": "evaluate", "model": "b"}, dream("images", "a", options={"steps": 64})]}

    def test_by_kill_at_random_moments_the_next_run_ends_with_the_same_bits(self):
        begin = time.monotonic()
        self.jobs(self.long())
        seconds, expected = time.monotonic() - begin, self.result()
        self.out = self.folder / "killed"
        file, moments = self.write(self.long()), random.Random(7)
        kills = int(os.environ.get("BACKFLOW_KILLS", 4))
        while kills > 0:
            with subprocess.Popen([self.program, "--jobs", str(file), "--out", str(self.out)], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as run:
                try:
                    run.wait(timeout=moments.uniform(0, seconds / 3))
                except subprocess.TimeoutExpired:
                    run.kill()
                    kills -= 1
                    continue
            self.assertEqual(self.result(), expected)  # it was complete: once more from the beginning
            shutil.rmtree(self.out)
        self.jobs(self.long())
        self.assertEqual(self.result(), expected)

    def test_by_an_interruption_it_goes_on_to_the_same_bits(self):
        self.jobs(self.long())
        expected = self.result()
        self.out = self.folder / "interrupted"
        error = interrupted(self, [self.program, "--jobs", self.write(self.long()), "--out", self.out], self.out,
                            (self.out / "b" / "checkpoint.safetensors").exists)
        self.assertIn("interrupted after step", error)
        text = self.jobs(self.long()).stdout
        self.assertRegex(text, r"(?m)^[ab]: goes on after step \d+ of \d+$")
        self.assertEqual(self.result(), expected)


class Watched(JobsTest):
    ARGUMENTS = ("--model", "cnn", "--epochs", "2", "--batch", "32")
    WATCH = ("--watch-every", "8", "--watch-steps", "6")

    def watched(self, what, *more):
        self.good(*self.ARGUMENTS, "--watch", what, *self.WATCH, *more, hidden=None)
        return self.result(self.out / "watch")

    def test_a_run_has_the_bits_of_an_unwatched_one_and_pictures_do_not_depend_on_the_workers(self):
        self.good(*self.ARGUMENTS, hidden=None)
        expected = self.result()
        pictures = []
        for threads in (1, 2, 4):
            self.out = self.folder / f"watched_{threads}"
            pictures.append(self.watched("classes", "--threads", threads))
            for name, content in expected.items():
                self.assertEqual(self.result()[name], content, name)
        self.assertEqual(pictures[0], pictures[1])
        self.assertEqual(pictures[0], pictures[2])
        wanted = {f"class_{c}/step_{step:06}.png" for c in range(5) for step in (8, 16, 20)}
        self.assertEqual(set(pictures[0]), wanted | {"contact_sheet.png"})
        self.assertNotEqual(pictures[0]["class_1/step_000008.png"], pictures[0]["class_1/step_000020.png"])
        self.assertEqual((self.out / "watch" / "animation.webp").read_bytes()[8:12], b"WEBP")

    def test_channels_of_a_layer(self):
        self.assertEqual({name.split("/")[0] for name in self.watched("layer:conv1:3-4")},
                         {"layer_conv1_3", "layer_conv1_4", "contact_sheet.png"})
        self.out = self.folder / "all"
        self.assertEqual(len({name.split("/")[0] for name in self.watched("layer:conv2")}), 16 + 1)

    def test_a_stopped_run_goes_on_to_the_same_pictures(self):
        expected = self.watched("classes")
        self.out = self.folder / "stopped"
        self.watched("classes", "--limit-steps", "12")
        self.good("--resume", "--watch", "classes", *self.WATCH)
        self.assertEqual({n: s for n, s in self.result(self.out / "watch").items() if "000012" not in n and "/" in n},
                         {n: s for n, s in expected.items() if "/" in n})

    def test_says_what_limited_training_and_pictures(self):
        text = self.good(*self.ARGUMENTS, "--watch", "classes", *self.WATCH, hidden=None)
        self.assertRegex(text, r"train +wall .* work .*\nwatch +wall ")
        self.assertRegex(text, r"core time: training \d+\.\d s, images \d+\.\d s")

    def test_wrong_usage(self):
        for wanted, *arguments in (("--watch", "--watch", "everything"), ("conv9", "--watch", "layer:conv9"),
                                   ("--watch-every", "--watch", "classes", "--watch-every", "0"),
                                   ("--watch", "--watch-every", "3"), ("--jobs", "--jobs", "x.json", "--epochs", "3")):
            with self.subTest(arguments):
                self.bad(2, wanted, *arguments, hidden=None)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: jobs_program.py PATH-OF-TRAIN [tests]")
    ProgramTest.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()


if __name__ == "__main__":
    main()
