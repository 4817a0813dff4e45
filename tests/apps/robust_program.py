#!/usr/bin/env python3
"""Trains against attacks: robust_program.py PATH-OF-TRAIN."""
import json
import shutil
import sys
import unittest

from support.train_runs import ProgramTest, metrics, sha256, without_rates

LOSSES = ("pgd", "trades", "free", "fast")
SHORT = ("--epochs", "2", "--batch", "50")


def steps_of(loss):
    return () if loss == "fast" else ("--attack-steps", "3")


class Robust(ProgramTest):
    def robust(self, *arguments, threat="linf:0.1", **more):
        return self.good("--robust", threat, "--overwrite", *arguments, **more)

    def result(self):
        return sha256(self.out / "model.safetensors"), json.dumps(without_rates(self.out))

    def report(self):
        return json.loads((self.out / "report.json").read_text())

    def test_bits_do_not_depend_on_threads_or_interruption(self):
        for loss in LOSSES:
            for threat in ("linf:0.1", "l2:0.5"):
                found = set()
                more = (*SHORT, "--robust-loss", loss, *steps_of(loss))
                for threads in (1, 2, 4):
                    self.robust(*more, "--threads", threads, threat=threat)
                    found.add(self.result())
                self.robust(*more, "--limit-steps", "5", threat=threat)
                self.good("--resume", data=False)
                found.add(self.result())
                self.assertEqual(len(found), 1, (loss, threat))

    def test_the_network_withstands_what_fools_an_ordinary_one(self):
        self.good("--epochs", "20", "--batch", "50")
        ordinary = self.good("--eval-only", "--robust", "linf:0.2", hidden=None)
        said = self.robust("--epochs", "20", "--batch", "50", threat="linf:0.2")
        report = self.report()
        self.assertEqual(report["threat"], "linf:0.2")
        self.assertIn(f"robust accuracy {100 * report['robust_accuracy']:.2f} %", said)
        self.assertIn("within linf:0.2, by 20 steps", (self.out / "report.txt").read_text())
        fooled = float(ordinary.split("robust accuracy ")[1].split()[0])
        self.assertGreater(100 * report["robust_accuracy"], fooled + 5)
        self.assertLessEqual(report["robust_accuracy"], report["accuracy"])

    def test_settings_are_kept_and_held_against_those_given(self):
        self.robust(*SHORT, "--robust-loss", "trades", "--trades-beta", "2", "--attack-steps", "2", "--attack-rate", "0.05")
        self.bad(2, "--trades-beta is 3, but the run in", "--resume", "--trades-beta", "3")
        self.bad(2, "--robust is linf:0.2, but the run in", "--resume", "--robust", "linf:0.2")
        header = (self.out / "model.safetensors").read_bytes()[:4096]
        for entry in (b'"robust":"linf:0.1"', b'"robust-loss":"trades"', b'"attack-steps":"2"', b'"trades-beta":"2"'):
            self.assertIn(entry, header)

    def test_free_learns_from_each_batch_several_times(self):
        self.robust("--epochs", "1", "--batch", "100", "--robust-loss", "free", "--attack-steps", "4")
        steps = [line for line in metrics(self.out) if "step" in line]
        self.assertEqual(len(steps), 12)
        self.assertEqual({line["epoch"] for line in steps}, {1})

    def test_it_goes_with_validation_augmentation_and_watching(self):
        self.robust(*SHORT, "--model", "cnn", "--val", "0.2", "--augment", "shift:1,mixup", "--ema", "0.9", "--attack-steps",
                    "2", "--watch", "classes", "--watch-every", "4", "--watch-steps", "2", hidden=None)
        self.assertIn("robust_accuracy", self.report())
        self.assertIn("val_accuracy", [line for line in metrics(self.out) if "step" not in line][-1])
        self.assertTrue((self.out / "watch" / "contact_sheet.png").exists())

    def test_a_job_has_it_too(self):
        file = self.folder / "jobs.json"
        settings = {"data": str(self.data), "epochs": 2, "batch": 50, "hidden": [16], "robust": "l2:0.5", "attack_steps": 3}
        file.write_text(json.dumps({"jobs": [{"name": "a", "kind": "train", "settings": settings}]}))
        done = self.run_train("--jobs", file, data=False, hidden=None)
        self.assertEqual(done.returncode, 0, done)
        job = sha256(self.out / "a" / "model.safetensors")
        shutil.rmtree(self.out)
        self.robust(*SHORT, "--attack-steps", "3", threat="l2:0.5")
        self.assertEqual(self.result()[0], job)

    def test_what_makes_no_sense_is_refused(self):
        for wanted, *arguments in (
            ("--robust needs NORM:RADIUS", "--robust", "8/255"),
            ("the norm is linf or l2", "--robust", "l1:3"),
            ("the radius is a number or a fraction", "--robust", "linf:8/0"),
            ("has to be above 0", "--robust", "l2:0"),
            ("has to be below 1", "--robust", "linf:8"),
            ("--robust-loss has no effect without robust", "--robust-loss", "trades"),
            ("--attack-steps has no effect without robust", "--attack-steps", "3"),
            ("--attack-steps has no effect with robust_loss fast", "--robust", "linf:0.1", "--robust-loss", "fast",
             "--attack-steps", "3"),
            ("--trades-beta has no effect with robust_loss pgd", "--robust", "linf:0.1", "--trades-beta", "3"),
            ("--attack-steps: needs to be in 1 … 1000, got 0", "--robust", "linf:0.1", "--attack-steps", "0"),
            ("--attack-rate: needs to be ≥ 0, got -1", "--robust", "linf:0.1", "--attack-rate", "-1"),
            ("--accumulate does not go with robust_loss free", "--robust", "linf:0.1", "--robust-loss", "free",
             "--accumulate", "2"),
            ("'madry'", "--robust", "linf:0.1", "--robust-loss", "madry"),
        ):
            with self.subTest(arguments):
                self.bad(2, wanted, *arguments)
        self.assertFalse(self.out.exists())

    def test_tables_are_refused(self):
        table = self.folder / "table.csv"
        table.write_text("a,b,y\n" + "".join(f"{i},{i * i % 7},{'xy'[i % 2]}\n" for i in range(40)))
        self.bad(2, "--robust moves pixels of images, but the data have rows", "--robust", "linf:0.1", "--data", table,
                 "--target", "y", data=False)


if __name__ == "__main__":
    ProgramTest.program = sys.argv.pop(1)
    unittest.main()
