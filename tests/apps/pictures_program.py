#!/usr/bin/env python3
"""Trains on folders and lists of pictures: pictures_program.py TRAIN CLASSIFY DREAM PREDICT, all paths of binaries."""
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import unittest

from support.dream_runs import png
from support.train_runs import ProgramTest, metrics, sha256

CLASSES = {"red berry": (200, 60, 60), "green <leaf>": (60, 200, 60), "blue, sky": (60, 60, 200)}
PROGRAMS = {}


def picture(colour, seed, width=24, height=18):
    noise = random.Random(seed)
    return png(width, height, 3, lambda x, y: [min(255, c + noise.randrange(50)) for c in colour], 2)


def write_pictures(folder, count, seed=1):
    for name, colour in CLASSES.items():
        (folder / name).mkdir(parents=True)
        for i in range(count):
            (folder / name / f"{i:03}.png").write_bytes(picture(colour, f"{seed} {name} {i}"))


class Pictures(ProgramTest):
    def setUp(self):
        super().setUp()
        shutil.rmtree(self.data)
        write_pictures(self.data, 10)

    def train(self, *arguments, out="out", data=None, status=0, size=8, epochs=6):
        command = [self.program, "--data", data or self.data, "--image-size", size, "--hidden", 16, "--batch", 8, "--epochs", epochs,
                   "--out", self.folder / out, *arguments]
        return self.ended(command, status)

    def test_a_network_learns_them_and_names_their_classes(self):
        done = self.train()
        self.assertIn("24 images of 3 × 8 × 8 in 3 classes, 6 to test (pictures)", done.stdout)
        self.assertEqual(metrics(self.out)[-1]["test_accuracy"], 1)
        model = self.out / "model.safetensors"
        for name in CLASSES:
            file = self.data / name / "003.png"
            line = subprocess.run([PROGRAMS["classify"], "--model", model, "--json", "--top", "1", file],
                                  capture_output=True, text=True, check=True).stdout
            self.assertEqual(json.loads(line)["top"][0]["label"], name)
        again = self.run_train("--eval-only", "--out", str(self.out), data=False, out=False, hidden=None)
        self.assertIn("test accuracy 100.00 %", again.stdout, again)
        subprocess.run([PROGRAMS["dream"], "--model", model, "--target", "class:red", "--steps", "4", "--quiet", "--out",
                        self.folder / "dreams"], check=True)

    def test_bits_do_not_depend_on_threads_cache_or_interruption(self):
        self.train("--threads", 1)
        wanted = sha256(self.out / "model.safetensors")
        for i, arguments in enumerate((("--threads", 4), ("--cache", 0), ("--cache", "1K", "--threads", 2))):
            self.train(*arguments, out=f"out{i}")
            self.assertEqual(sha256(self.folder / f"out{i}" / "model.safetensors"), wanted, arguments)
        self.train("--limit-steps", 7, "--cache", 0, out="cut")
        subprocess.run([self.program, "--resume", "--out", self.folder / "cut"], check=True, capture_output=True)
        self.assertEqual(sha256(self.folder / "cut" / "model.safetensors"), wanted)

    def test_a_list_and_parts_of_their_own_are_read_too(self):
        moved = self.folder / "parts"
        shutil.copytree(self.data, moved / "train")
        write_pictures(moved / "val", 2, seed=9)
        self.assertIn("30 images of 1 × 8 × 8 in 3 classes, 6 to test", self.train("--grey", data=moved, out="a").stdout)
        files = self.folder / "list.tsv"
        files.write_text("".join(f"{f.relative_to(self.folder)}\t{f.parent.name}\n" for f in self.data.rglob("*.png")))
        self.assertIn("15 images of 3 × 8 × 8 in 3 classes, 15 to test",
                      self.train("--test-share", 0.5, data=files, out="b").stdout)

    def test_a_network_is_trained_further_on_pictures_of_its_size(self):
        self.train()
        other, tuned, start = self.folder / "other", self.folder / "tuned", self.folder / "start.safetensors"
        shutil.copytree(self.data, other)
        shutil.rmtree(other / "red berry")
        (self.out / "model.safetensors").rename(start)
        command = [self.program, "--from", start, "--data", other, "--freeze", "backbone", "--cache-features", "--lr", "1",
                   "--epochs", "8", "--batch", "8", "--out", tuned]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("drawn anew for 2 classes in place of 3", done.stdout)
        self.assertIn("16 images of 3 × 8 × 8 in 2 classes, 4 to test (pictures)", done.stdout)
        start.unlink()
        again = subprocess.run([self.program, "--eval-only", "--out", tuned], capture_output=True, text=True, timeout=120)
        self.assertIn("test accuracy 100.00 %", again.stdout, again)
        line = subprocess.run([PROGRAMS["classify"], "--model", tuned / "model.safetensors", "--json", "--top", "1",
                               other / "blue, sky" / "001.png"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(json.loads(line)["top"][0]["label"], "blue, sky")

    def test_a_network_of_a_file_is_measured_as_it_is(self):
        self.train()
        model, other, labels = self.out / "model.safetensors", self.folder / "other", self.folder / "labels.txt"
        shutil.copytree(self.data, other)
        shutil.rmtree(other / "red berry")
        (other / "green <leaf>").rename(other / "GREEN_<leaf>")

        def measure(*arguments, status=0):
            return self.ended([self.program, "--eval-only", "--from", model, "--data", other, *arguments], status)

        done = measure()
        self.assertIn("test accuracy 100.00 %", done.stdout)
        self.assertRegex(done.stdout, r"blue, sky +2 +1\.0000")
        labels.write_text("sky\nleaf, green <leaf>\nberry\n")  # in the order of the model's classes
        (other / "blue, sky").rename(other / "Sky")
        self.assertIn("test accuracy 100.00 %", measure("--labels", labels).stdout)
        labels.write_text("sky\nleaf\n")
        self.assertIn("--labels names 2 classes, but the network tells 3 apart", measure("--labels", labels, status=1).stderr)
        (other / "Sky").rename(other / "heaven")
        self.assertIn("it knows none called 'heaven'", measure(status=1).stderr)
        self.assertIn("--labels", self.ended([self.program, "--labels", labels], 2).stderr)

    def test_a_list_can_have_numbers_to_predict(self):
        files, lines = self.folder / "list.tsv", []
        for i in range(60):
            (self.folder / f"{i}.png").write_bytes(picture((3 * i, 100, 3 * i), i))
            lines.append(f"{i}.png\t{i / 4 - 3}\n")
        (self.folder / "7.png").write_text("no picture")
        files.write_text("".join(lines))
        done = self.train("--lr", 0.01, "--val", 0.2, data=files, epochs=60)
        self.assertRegex(done.stdout, r"3[89] images of 3 × 8 × 8 with a number to predict, 1[12] to test \(pictures\)")
        self.assertGreater(json.loads((self.out / "report.json").read_text())["r2"], 0.9)
        model = self.out / "best.safetensors"
        text = subprocess.run([PROGRAMS["predict"], "--model", model, self.folder / "20.png"], capture_output=True, text=True,
                              check=True).stdout
        self.assertEqual(text.splitlines()[0], "file,prediction")
        self.assertAlmostEqual(float(text.splitlines()[1].split(",")[1]), 2, delta=1)
        self.assertIn("predicts a number, it knows no classes",
                      self.ended([PROGRAMS["classify"], "--model", model, self.folder / "20.png"], 1).stderr)
        self.assertIn("R²", self.run_train("--eval-only", "--out", str(self.out), data=False, out=False, hidden=None).stdout)
        refused = self.train_refuses
        refused(1, "each class has one picture; testing needs another one", "--task", "classification", data=files)
        files.write_text("".join(lines) + "a.png\tmany\n")
        refused(1, "list.tsv:61: a regression needs a number, found 'many'", "--task", "regression", data=files)
        refused(2, "--task is regression, but the pictures' folders are classes", "--task", "regression")

    def test_what_cannot_be_read_is_left_out_and_said(self):
        (self.data / "red berry" / "001.png").write_bytes(b"")
        (self.data / "red berry" / "002.jpg").write_text("no picture")
        done = self.train()
        counts = re.findall(r"(\d) of \d+ pictures cannot be read and are left out; the first: .*00[12]", done.stderr)
        self.assertEqual(sum(map(int, counts)), 2, done.stderr)
        self.train("--strict", out="strict", status=1)

    def test_mistakes_are_refused(self):
        refused = self.train_refuses

        refused(2, "--image-size: needs to be in 0 … 4096, got -1", size=-1)
        refused(2, "--image-size: needs to be in 0 … 4096, got 5000", size=5000)
        refused(2, "--test-share: needs to be", "--test-share", 1)
        refused(2, "there is no", data=self.folder / "nothing")
        refused(2, "is for pictures, but 'fashion-mnist' has IDX files", "--grey", data="fashion-mnist")
        empty = self.folder / "empty"
        empty.mkdir()
        refused(1, "has neither IDX files nor folders of pictures", data=empty)
        (empty / "one").mkdir()
        (empty / "one" / "a.png").write_bytes(picture((1, 2, 3), 1))
        refused(1, "has pictures of 1 class; a classifier needs 2 or more", data=empty)
        (empty / "two").mkdir()
        refused(1, "two has no pictures", data=empty)
        (empty / "two" / "a.png").write_text("text named .png")
        refused(1, "each class has one picture; testing needs another one", data=empty)
        (empty / "two" / "b.png").write_text("text named .png")
        for name in "ab":
            (empty / "one" / f"{name}.png").write_bytes(b"")
        refused(1, "none of 2 pictures can be read", data=empty)
        bad = self.folder / "bad.tsv"
        bad.write_text("a.png dog\n")
        refused(1, "bad.tsv:1: expected a path, a tab and a label", data=bad)


if __name__ == "__main__":
    paths = (str(pathlib.Path(p).resolve()) for p in sys.argv[1:5])
    ProgramTest.program, PROGRAMS["classify"], PROGRAMS["dream"], PROGRAMS["predict"] = paths
    unittest.main(argv=sys.argv[:1])
