#!/usr/bin/env python3
"""Trains on images that change from epoch to epoch: augment_program.py PATH-OF-TRAIN."""
import json
import shutil
import sys
import unittest

from pictures_program import write_pictures
from support.train_runs import ProgramTest, metrics, sha256, without_rates

ALL = "flip,shift:2,rotate:15,jitter:0.4,erase:0.5,crop:0.5"


def size_of(png):
    data = png.read_bytes()
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


class Augment(ProgramTest):
    def setUp(self):
        super().setUp()
        self.model = self.out / "model.safetensors"

    def result(self, *arguments):
        self.good("--epochs", "2", "--batch", "50", "--overwrite", *arguments)
        return sha256(self.model), json.dumps(without_rates(self.out))

    def test_bits_do_not_depend_on_threads_or_interruption(self):
        for steps, *more in ((ALL,), ("flip,mixup,cutmix",), ("mixup", "--accumulate", "3")):
            found = {self.result("--augment", steps, "--threads", threads, *more) for threads in (1, 2, 4)}
            self.good("--epochs", "2", "--batch", "50", "--overwrite", "--augment", steps, "--limit-steps", "4", *more)
            self.good("--resume", data=False)
            found.add((sha256(self.model), json.dumps(without_rates(self.out))))
            self.assertEqual(len(found), 1, steps)
            self.bad(2, ("--augment is none, but the run in", "has " + steps), "--resume", "--augment", "none")

    def test_images_change_and_test_images_do_not(self):
        plain, moved, other = (self.result(*a) for a in ((), ("--augment", "shift:2"), ("--augment", "shift:2", "--seed", "2")))
        self.assertEqual(len({plain, moved, other}), 3)
        self.result("--augment", "shift:2")
        test = self.good("--eval-only", hidden=None)
        self.assertIn(f"test accuracy {100 * metrics(self.out)[-1]['test_accuracy']:.2f} %", test)

    def test_pictures_in_and_out_of_memory_change_alike(self):
        shutil.rmtree(self.data)
        write_pictures(self.data, 10)
        found = {self.result("--image-size", "16", "--augment", "standard,grey,rotate:20", *more)
                 for more in ((), ("--cache", "0"), ("--cache", "2K", "--threads", "4"))}
        self.assertEqual(len(found), 1)

    def test_the_first_batch_is_shown(self):
        sheets = []
        for name, more in (("a.png", ()), ("b.png", ("--augment", "erase:1")), ("c.png", ("--augment", "mixup:1"))):
            self.good("--epochs", "1", "--batch", "12", "--overwrite", "--show-batch", self.folder / name, *more)
            sheets.append(self.folder / name)
        self.assertEqual(len({sha256(f) for f in sheets}), 3)
        width, height = size_of(sheets[0])
        self.assertTrue(4 * 64 <= width <= 5 * 80 and 3 * 64 <= height <= 4 * 100, (width, height))
        again = self.folder / "again.png"
        self.good("--resume", "--epochs", "2", "--show-batch", again, data=False)
        self.assertEqual(sha256(again), sha256(sheets[2]))

    def test_a_job_has_them_too(self):
        file = self.folder / "jobs.json"
        settings = {"data": str(self.data), "epochs": 2, "batch": 50, "hidden": [16], "augment": ALL}
        file.write_text(json.dumps({"jobs": [{"name": "a", "kind": "train", "settings": settings}]}))
        done = self.run_train("--jobs", file, data=False, hidden=None)
        self.assertEqual(done.returncode, 0, done)
        job = sha256(self.out / "a" / "model.safetensors")
        shutil.rmtree(self.out)
        self.assertEqual(self.result("--augment", ALL)[0], job)
        settings["augment"] = "flop"
        file.write_text(json.dumps({"jobs": [{"name": "a", "kind": "train", "settings": settings}]}))
        self.bad(2, (f"{file}:1: job 'a': ", "'flop'"), "--jobs", file, data=False, hidden=None)

    def test_what_makes_no_sense_is_refused(self):
        for steps, *wanted in (("flop", "--augment has 'flop', which is none of none, light, standard, crop"),
                               ("", "--augment has ''"),
                               ("shift", "which needs a number: shift:PIXELS"),
                               ("shift:8", "--augment has 'shift:8', but images are 8 × 8"),
                               ("flip:2", "where PROBABILITY should be a number from 0 to 1, is '2'"),
                               ("grey", "--augment has 'grey', but the images have no colours"),
                               ("jitter:0.1:0.1:0.1", "grey images have no saturation")):
            with self.subTest(steps):
                self.bad(2, wanted, "--augment", steps)
        self.assertFalse(self.out.exists())
        self.bad(1, "class_weights does not go with samples that are mixed from two", "--augment", "mixup", "--class-weights", "balanced")
        self.bad(1, "--show-batch: ", "--show-batch", self.folder / "nothing" / "a.png")
        self.bad(1, "a.gif", "--show-batch", self.folder / "a.gif", "--overwrite")

    def test_features_of_images_that_change_cannot_be_kept(self):
        self.good("--epochs", "1")
        net = self.folder / "net.safetensors"
        shutil.copy(self.model, net)
        shutil.rmtree(self.out)
        self.bad(2, "--augment does not go with --cache-features", "--from", net, "--freeze", "fc1", "--cache-features", "--augment",
                 "flip", hidden=None)
        self.good("--from", net, "--freeze", "fc1", "--augment", "flip", "--epochs", "1", hidden=None)


if __name__ == "__main__":
    ProgramTest.program = sys.argv.pop(1)
    unittest.main()
