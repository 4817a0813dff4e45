#!/usr/bin/env python3
"""Runs of `train` that are left alone: validation, the best epoch, patience, the report: validation_program.py PATH-OF-TRAIN."""
import json
import sys
import unittest

from support.train_runs import ProgramTest, metrics, sha256, tensors


class Validation(ProgramTest):
    def train(self, *arguments, out="out", status=0):
        rate = [] if "--lr" in arguments else ["--lr", "0.01"]
        schedule = [] if "--schedule" in arguments else ["--schedule", "constant"]
        done = self.run_train("--val", "0.25", *rate, *schedule, *arguments, "--out",
                              self.folder / out, out=False)
        self.assertEqual(done.returncode, status, done)
        return done

    def resume(self, *arguments, out="out", status=0):
        done = self.run_train("--resume", *arguments, "--out", self.folder / out, data=False, out=False)
        self.assertEqual(done.returncode, status, done)
        return done

    def epochs(self, out="out"):
        return [line for line in metrics(self.folder / out) if "val_loss" in line]

    def test_each_epoch_is_validated_and_the_test_set_is_used_once(self):
        done = self.train("--epochs", "4")
        lines = self.epochs()
        self.assertEqual([line["epoch"] for line in lines], [1, 2, 3, 4])
        self.assertEqual(list(lines[0]), ["epoch", "train_loss", "val_loss", "val_accuracy", "val_f1"])
        self.assertFalse([line for line in metrics(self.out) if "test_loss" in line])
        best = max(line["val_accuracy"] for line in lines)
        epoch = next(line["epoch"] for line in lines if line["val_accuracy"] == best)
        self.assertIn(f"epoch {epoch} was the best: validation accuracy {best:.4f}; test accuracy", done.stdout)
        report = json.loads((self.out / "report.json").read_text())
        self.assertEqual(report["epoch"], epoch)
        self.assertIn(f"test accuracy {100 * report['accuracy']:.2f} %", done.stdout)
        self.assertIn("calibration error", (self.out / "report.txt").read_text())
        again = self.run_train("--eval-only", "--checkpoint", str(self.out / "best.safetensors"), out=False, hidden=None)
        self.assertIn(f"test accuracy {100 * report['accuracy']:.2f} %", again.stdout, again)
        self.assertIn((self.out / "report.txt").read_text(), again.stdout)

    def test_the_best_epoch_is_that_of_the_lowest_loss_and_its_weights_are_kept(self):
        rates = ("--lr", "1", "--monitor", "loss")  # losses go up and down
        done = self.train("--epochs", "5", *rates)
        best = min(self.epochs(), key=lambda line: line["val_loss"])
        self.assertIn(f"epoch {best['epoch']} was the best: validation loss {best['val_loss']:.4f}", done.stdout)
        self.train("--epochs", best["epoch"], *rates, out="short")
        found = [tensors(file) for file in (self.out / "best.safetensors",
                                                       self.folder / "short" / "model.safetensors")]
        self.assertEqual(*found)

    def test_a_run_ends_when_patience_is_over_and_stays_ended(self):
        done = self.train("--epochs", "60", "--patience", "2")
        lines = self.epochs()
        best = max(range(len(lines)), key=lambda i: (lines[i]["val_accuracy"], -i))
        self.assertLess(len(lines), 60)
        self.assertEqual(len(lines), best + 3)
        self.assertIn(f"ended after epoch {len(lines)}: none of the last 2 was better", done.stdout)
        before = sha256(self.out / "model.safetensors")
        again = self.resume()
        self.assertIn("none of the last 2 was better", again.stdout)
        self.assertEqual(sha256(self.out / "model.safetensors"), before)
        self.resume("--patience", 0, "--epochs", len(lines) + 1)
        self.assertEqual(len(self.epochs()), len(lines) + 1)

    def test_bits_do_not_depend_on_threads_or_interruption(self):
        self.train("--epochs", "3", "--monitor", "f1")
        names = ("model.safetensors", "best.safetensors", "report.json")
        expected = [sha256(self.out / name) for name in names]
        for threads in ("1", "4", "8"):
            self.train("--epochs", "3", "--monitor", "f1", "--threads", threads, out=threads)
            self.assertEqual([sha256(self.folder / threads / name) for name in names], expected)
        first = self.epochs()[0]
        steps = max(line["step"] for line in metrics(self.out) if "step" in line and line["epoch"] == first["epoch"])
        self.train("--epochs", "3", "--monitor", "f1", "--limit-steps", str(steps + 1), out="parts")
        self.assertFalse((self.folder / "parts" / "report.json").exists())
        self.resume(out="parts")
        self.assertEqual([sha256(self.folder / "parts" / name) for name in names], expected)

    def test_the_rate_drops_on_a_plateau_and_goes_on_there(self):
        flags = ("--epochs", "8", "--schedule", "plateau", "--drop", "0.5", "--drop-every", "1", "--lr", "0.3")
        self.train(*flags)
        lines, rate, best = metrics(self.out), 0.3, 0
        for line in lines:
            if "step" in line:
                self.assertAlmostEqual(line["learning_rate"], rate, places=7)
                continue
            rate = rate if line["val_accuracy"] > best else rate / 2
            best = max(best, line["val_accuracy"])
        self.assertLess(rate, 0.3)
        steps = max(line.get("step", 0) for line in lines)
        self.train(*flags, "--limit-steps", steps * 3 // 4, out="parts")
        self.resume(out="parts")
        self.assertEqual(sha256(self.folder / "parts" / "model.safetensors"), sha256(self.out / "model.safetensors"))

    def test_a_run_that_is_replaced_leaves_no_best_epoch(self):
        self.train("--epochs", "1")
        self.assertTrue((self.out / "best.safetensors").exists())
        done = self.run_train("--epochs", "1", "--overwrite", "--limit-steps", "1")
        self.assertEqual(done.returncode, 0, done)
        for name in ("best.safetensors", "report.json", "report.txt"):
            self.assertFalse((self.out / name).exists(), name)

    def test_what_makes_no_sense_is_refused(self):
        for status, wanted, *arguments in (
            (2, "--val needs a share above 0 and below 1, or a folder, got 1.5", "--val", "1.5"),
            (2, "--val needs a share above 0 and below 1", "--val", "0"),
            (2, "--val needs a share above 0 and below 1", "--val", "nan"),
            (1, "a folder to validate with is for pictures", "--val", str(self.folder)),
            (2, "--patience needs something to validate with: --val 0.1", "--patience", "3"),
            (2, "--schedule plateau needs something to validate with", "--schedule", "plateau"),
            (2, "--monitor needs something to validate with", "--monitor", "loss"),
            (2, "accuracy, loss or f1", "--monitor", "auc"),
            (2, "--patience", "--patience", "-1"),
        ):
            done = self.run_train(*arguments, "--out", self.folder / "refused", out=False)
            self.assertEqual(done.returncode, status, (arguments, done))
            self.assertIn(wanted, done.stderr)
            self.assertFalse((self.folder / "refused").exists(), arguments)

    def test_a_best_epoch_whose_file_is_gone_is_missed_before_the_first_step(self):
        self.train("--epochs", "2", "--batch", "16", "--limit-steps", "20")
        self.assertEqual(len(self.epochs()), 1)
        (self.out / "best.safetensors").unlink()
        self.assertIn("best.safetensors' is missing", self.resume(status=1).stderr)


class Losses(ProgramTest):
    """Options of the loss and of its gradients."""

    def model(self, *arguments, out):
        done = self.run_train("--epochs", "2", *arguments, "--out", self.folder / out, out=False)
        self.assertEqual(done.returncode, 0, done)
        return tensors(self.folder / out / "model.safetensors")

    def test_classes_of_one_size_are_balanced_already(self):
        plain = self.model(out="plain")
        self.assertEqual(self.model("--class-weights", "balanced", out="balanced"), plain)
        self.assertEqual(self.model("--class-weights", "1,1,1,1,1", out="ones"), plain)

    def test_weights_of_classes_come_from_a_list_or_a_file_and_stay_with_the_run(self):
        listed = self.model("--class-weights", "1,2,0.5,4,1", out="list")
        file = self.folder / "weights.txt"
        file.write_text("1\n2\n0.5\n4\n1\n")
        self.assertEqual(self.model("--class-weights", file, out="file"), listed)
        self.assertNotEqual(self.model(out="plain"), listed)
        self.model("--class-weights", file, "--limit-steps", "2", out="parts")
        file.unlink()
        done = self.run_train("--resume", "--out", self.folder / "parts", data=False, out=False)
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(tensors(self.folder / "parts" / "model.safetensors"), listed)

    def test_gradients_are_clipped(self):
        plain = self.model(out="plain")
        self.assertNotEqual(self.model("--clip-grad", "0.1", out="clipped"), plain)
        self.assertEqual(self.model("--clip-grad", "1e6", out="hardly"), plain)

    def test_a_last_batch_that_cannot_be_normalized_is_left_out_when_asked(self):
        net = self.folder / "net.json"
        net.write_text('{"layers": ["flatten", {"linear": {"out": 8}}, "batch_norm", "relu", {"linear": {"out": "classes"}}]}')
        arguments = ["--model", net, "--batch", "299", "--epochs", "2"]  # of 300 samples
        self.bad(1, ("the last batch of an epoch has 1 sample", "--drop-last"), *arguments, hidden=None)
        self.good(*arguments, "--drop-last", "--quiet", hidden=None)
        self.assertEqual(max(line.get("step", 0) for line in metrics(self.out)), 2)
        self.bad(1, "300 samples make no batch of 301", "--batch", "301", "--drop-last", "--overwrite")

    def test_an_average_of_the_weights_is_evaluated_and_saved_beside_them(self):
        plain = self.model("--optimizer", "adam", out="plain")
        self.assertEqual(self.model("--optimizer", "adam", "--ema", "0.5", out="ema"), plain)
        folder = self.folder / "ema"
        self.assertNotEqual(tensors(folder / "ema.safetensors"), plain)
        self.assertEqual(set(tensors(folder / "ema.safetensors")), set(plain))
        again = self.run_train("--eval-only", "--checkpoint", folder / "ema.safetensors", out=False, hidden=None)
        accuracy = json.loads((folder / "report.json").read_text())["accuracy"]
        self.assertIn(f"test accuracy {100 * accuracy:.2f} %", again.stdout)
        self.model("--optimizer", "adam", "--ema", "0.5", "--limit-steps", "4", out="parts")
        self.assertEqual(self.run_train("--resume", "--out", self.folder / "parts", data=False, out=False).returncode, 0)
        self.assertEqual(tensors(self.folder / "parts" / "ema.safetensors"), tensors(folder / "ema.safetensors"))
        self.model("--ema", "0.9", "--val", "0.2", out="best")
        self.assertTrue((self.folder / "best" / "best.safetensors").exists())
        self.bad(2, "--ema", "--ema", "1")

    def test_gradients_of_several_batches_make_one_update(self):
        flags = ("--schedule", "constant", "--optimizer", "adam", "--batch", "40", "--accumulate", "3")
        parts = self.model(*flags, out="parts")  # 40 40 40, 40 40 40, 40 20
        self.assertEqual(len([line for line in metrics(self.folder / "parts") if "step" in line]), 16)
        self.assertEqual(set(self.model(out="whole")), set(parts))
        self.model(*flags, "--limit-steps", "5", out="cut")
        self.assertEqual(self.run_train("--resume", "--out", self.folder / "cut", data=False, out=False).returncode, 0)
        self.assertEqual(tensors(self.folder / "cut" / "model.safetensors"), parts)

    def test_shards_decide_the_bits_and_threads_do_not(self):
        flags = ("--batch", "40", "--shards", "4")
        one = self.model(*flags, "--threads", "1", out="one")
        self.assertEqual(self.model(*flags, "--threads", "2", out="two"), one)
        self.model(*flags, "--limit-steps", "5", out="cut")
        self.assertEqual(self.run_train("--resume", "--out", self.folder / "cut", data=False, out=False).returncode, 0)
        self.assertEqual(tensors(self.folder / "cut" / "model.safetensors"), one)
        self.assertNotEqual(self.model("--batch", "40", out="whole"), one)
        self.bad(2, "--shards needs a power of two, got 3", "--shards", "3")
        self.bad(2, "--shards does not go with robust", "--shards", "2", "--robust", "linf:0.1")

    def test_every_optimizer_and_schedule_learns(self):
        for name, rate in (("sgd", 0.05), ("adam", 0.01), ("adamw", 0.01), ("rmsprop", 0.003), ("lion", 0.003)):
            done = self.run_train("--optimizer", name, "--lr", rate, "--schedule", "onecycle", "--epochs", "8",
                                  "--out", self.folder / name, out=False)
            self.assertEqual(done.returncode, 0, done)
            report = json.loads((self.folder / name / "report.json").read_text())
            self.assertGreater(report["accuracy"], 0.9, name)

    def test_what_makes_no_sense_is_refused(self):
        file = self.folder / "weights.txt"
        file.write_text("1\ntwo\n3\n")
        for wanted, *arguments in (
            ("--class-weights has 3 numbers for 5 classes", "--class-weights", "1,2,3"),
            ("needs a number ≥ 0 in each line", "--class-weights", file),
            ("--class-weights needs none, balanced, numbers", "--class-weights", self.folder / "nowhere"),
            ("--class-weights needs none, balanced, numbers", "--class-weights", "1,-2"),
            ("--clip-grad", "--clip-grad", "-1"),
            ("--clip-grad", "--clip-grad", "inf"),
            ("--warmup has no effect with schedule onecycle", "--schedule", "onecycle", "--warmup", "3"),
            ("--momentum has no effect with optimizer lion", "--optimizer", "lion", "--momentum", "0.5"),
        ):
            self.bad(2, wanted, *arguments)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    ProgramTest.program = sys.argv.pop(1)
    unittest.main()
