#!/usr/bin/env python3
"""Runs the binary `train` on a small data set and looks at all it leaves: train_program.py PATH-OF-TRAIN.

Ends with 77, for ctest's "skipped", if all is well but Fashion-MNIST is not installed."""
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import unittest

from support.interrupt import interrupted, lines
from support.terminal import seen_on_a_terminal
from support.train_runs import ProgramTest, idx, metrics, part, sha256, without_rates

FASHION_MNIST = pathlib.Path("/usr/share/datasets/fashion-mnist")
FLAGS = ("--model --hidden --data --epochs --batch --optimizer --lr --momentum --schedule --threads --seed --out "
         "--checkpoint --resume --eval-only --labels --precision --trace --limit-steps --max-memory --memory-report --strict --cache --image-size --grey --test-share --augment --show-batch --val --monitor --patience --robust --robust-loss --attack-steps --attack-rate --trades-beta --tensorboard --quiet --version --log-level --log-file --help").split()
STEP_KEYS = ["step", "epoch", "loss", "learning_rate", "samples_per_s"]
EPOCH_KEYS = ["epoch", "train_loss", "test_loss", "test_accuracy"]


class Usage(ProgramTest):
    def test_help_names_every_flag(self):
        text = self.good("--help", data=False, out=False, hidden=None)
        for flag in FLAGS:
            self.assertIn(flag, text)

    def test_wrong_usage_ends_with_two(self):
        for wanted, *arguments in (
            ("--speed", "--speed", "3"),
            (("no option '--epoch'", "did you mean '--epochs'"), "--epoch", "3"),
            ("rubbish", "rubbish"),
            ("--epochs", "--epochs", "many"),
            ("f32, bf16 or auto", "--precision", "f16"),
            ("--epochs", "--epochs", "0"),
            ("--epochs", "--epochs"),
            ("--batch", "--batch", "0"),
            ("--lr", "--lr", "-1"),
            ("--lr", "--lr", "nan"),
            ("--momentum", "--momentum", "1"),
            ("--weight-decay", "--weight-decay", "-1"),
            ("--label-smoothing", "--label-smoothing", "1"),
            ("--nesterov", "--nesterov", "--momentum", "0"),
            ("--threads", "--threads", "0"),
            ("--threads", "--threads", "-2"),
            ("--threads", "--threads", "99999"),
            ("--threads", "--threads", "two"),
            ("--limit-steps", "--limit-steps", "0"),
            ("--seed", "--seed", "-1"),
            ("'rnn'", "--model", "rnn"),
            ("'lbfgs'", "--optimizer", "lbfgs"),
            ("'linear'", "--schedule", "linear"),
            ("warmup", "--warmup", "-1"),
            ("--momentum has no effect", "--momentum", "0.5", "--optimizer", "adam"),
            ("--nesterov has no effect", "--nesterov", "--optimizer", "adamw"),
            ("--drop has no effect", "--drop", "0.5", "--schedule", "cosine"),
            ("--resume", "--resume", "--eval-only"),
            ("--checkpoint", "--resume", "--checkpoint", "x.safetensors"),
            ("--warmup 10000 is more than the 3 steps", "--warmup", "10000", "--epochs", "1"),
            ("--completion", "--completion", "fish"),
        ):
            with self.subTest(arguments):
                self.bad(2, wanted, *arguments)
        with self.subTest("--hidden 0"):
            self.bad(2, "--hidden", hidden="8,0")
        self.assertFalse(self.out.exists())


class Memory(ProgramTest):
    def test_what_cannot_fit_is_refused_before_anything_is_written(self):
        self.bad(1, ("the run needs", "MiB", "the limit is 0.1 MiB (--max-memory)"), "--max-memory", "100KiB")
        self.bad(1, ("the run needs", "most of what the machine has left"), hidden="1000000,1000000")
        self.assertFalse(self.out.exists())

    def test_what_fits_runs(self):
        self.good("--limit-steps", "1", "--max-memory", "100M")

    def test_a_size_that_is_none_is_refused(self):
        for size in ("0", "-1", "many"):
            self.bad(2, "--max-memory", "--max-memory", size)


class Data(ProgramTest):
    """Each is a damage to the folder of data."""

    def refused(self, *parts):
        self.bad(1, parts)
        self.assertFalse(self.out.exists())

    def test_a_missing_folder(self):
        wrong = self.folder / "nothing"
        self.bad(2, ("--data", str(wrong), "fashion-mnist, a folder of IDX files"), "--data", wrong, data=False)
        wrong = self.data / "train-labels-idx1-ubyte"
        self.bad(1, (f"{wrong} is an IDX file", "name the folder"), "--data", wrong, data=False)
        self.assertFalse(self.out.exists())

    def test_classes_without_images_are_named(self):
        for labels, warning in (([0, 1, 1, 3] * 75, "no training sample is of class 2"),
                                ([0, 1, 5, 1] * 75, "no training sample is of class 2, 3, 4"),
                                ([0, 1, 25, 1] * 75,
                                 "no training sample is of class 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 13 more"),
                                ([4] * 300, "all 300 training samples are of class 4")):
            (self.data / "train-labels-idx1-ubyte").write_bytes(idx([300], labels))
            (self.data / "t10k-labels-idx1-ubyte").write_bytes(idx([100], [1] * 100))
            done = self.run_train("--limit-steps", "1", "--overwrite")
            self.assertEqual((done.returncode, done.stderr), (0, f"warning: --data {self.data}: {warning}\n"))

    def test_a_missing_file(self):
        (self.data / "t10k-labels-idx1-ubyte").unlink()
        self.refused("t10k-labels-idx1-ubyte")

    def test_a_truncated_file(self):
        file = self.data / "t10k-images-idx3-ubyte"
        file.write_bytes(file.read_bytes()[:-1])
        self.refused("t10k-images-idx3-ubyte", "truncated", "6400", "6399")

    def test_a_truncated_gzip_file(self):
        file = self.data / "train-images-idx3-ubyte.gz"
        file.write_bytes(file.read_bytes()[:-20])
        self.refused("train-images-idx3-ubyte.gz", "truncated")

    def test_a_wrong_magic_number(self):
        file = self.data / "train-labels-idx1-ubyte"
        file.write_bytes(b"\0\0\x0d\x01" + file.read_bytes()[4:])
        self.refused("train-labels-idx1-ubyte", "magic number", "0x00000d01", "0x00000801")

    def test_labels_and_images_of_different_counts(self):
        (self.data / "train-labels-idx1-ubyte").write_bytes(part(299, 1)[1])
        self.refused("train-labels-idx1-ubyte", "300 images", "299 labels")

    def test_a_label_out_of_range(self):
        (self.data / "t10k-labels-idx1-ubyte").write_bytes(idx([100], [0] * 42 + [5] + [0] * 57))
        self.refused("test label 42 is 5", "0 to 4")

    def test_images_too_small_for_the_network(self):
        for name, count in (("train", 300), ("t10k", 100)):
            for file in self.data.glob(f"{name}-images*"):
                file.unlink()
            (self.data / f"{name}-images-idx3-ubyte").write_bytes(idx([count, 3, 3], bytes(9 * count)))
        self.bad(1, ("[max_pool2d]", "does not fit", "pool2"), "--model", "cnn")


class Checkpoints(ProgramTest):
    def train_some(self):
        self.good("--epochs", "2", "--batch", "64", "--limit-steps", "7")
        return self.out / "checkpoint.safetensors"

    def untouched(self, file, *bad_arguments):
        """A failing run that leaves the file as it is."""
        before = sha256(file)
        self.bad(*bad_arguments)
        self.assertEqual(sha256(file), before)

    def test_none_to_resume(self):
        self.bad(1, ("--resume", str(self.out / "checkpoint.safetensors")), "--resume")

    def test_of_another_model(self):
        file = self.train_some()
        self.untouched(file, 1, (str(file), "another model", "conv1."), "--model", "cnn", "--checkpoint", file, "--overwrite")
        self.bad(1, (str(file), "fc1."), "--checkpoint", file, "--overwrite", hidden="17")

    def test_know_their_network(self):
        """Neither --model nor --hidden nor --data is asked again."""
        self.good("--epochs", "1", hidden="24,8")
        file = self.out / "model.safetensors"
        for arguments in (("--eval-only",), ("--eval-only", "--checkpoint", file)):
            self.assertIn("test accuracy", self.good(*arguments, hidden=None, data=False))
        copy = self.folder / "copy.safetensors"
        copy.write_bytes(file.read_bytes())
        self.good("--checkpoint", copy, "--epochs", "1", hidden=None)
        header = file.read_bytes()
        header = json.loads(header[8:8 + struct.unpack("<Q", header[:8])[0]])
        self.assertEqual(header["__metadata__"]["hidden"], "24,8")

    def test_of_another_run_are_not_overwritten(self):
        file = self.train_some()
        self.untouched(file, 1, ("--out", str(self.out), "--batch 64", "128", "--overwrite"), "--epochs", "2")
        self.good("--epochs", "2", "--batch", "64", "--limit-steps", "7")  # the same settings
        self.untouched(file, 1, ("holds 7 steps of this run", "--resume"), "--epochs", "2", "--batch", "64",
                       "--limit-steps", "3")
        self.good("--epochs", "2", "--overwrite", "--limit-steps", "3")

    def test_other_settings_than_those_of_the_run_to_resume(self):
        file = self.train_some()
        self.untouched(file, 2, ("--lr is 0.5", "0.05"), "--resume", "--lr", "0.5")

    def test_of_a_finished_run_train_on_for_more_epochs(self):
        self.good("--epochs", "2", "--batch", "64", "--optimizer", "adam", "--lr", "0.01")
        before = without_rates(self.out)
        self.untouched(self.out / "checkpoint.safetensors", 2, ("--epochs 1 is 5 steps", "has done 10"), "--resume",
                       "--epochs", "1")
        text = self.good("--resume", "--epochs", "4")
        self.assertIn("goes on after step 10 of 20; the run had 2 epochs and now has 4", text)
        lines = without_rates(self.out)
        self.assertEqual(lines[:len(before)], before)
        steps = [line for line in lines if "step" in line]
        self.assertEqual([line["step"] for line in steps], list(range(1, 21)))
        self.assertAlmostEqual(steps[10]["learning_rate"], 0.005, places=5)  # half of the cosine of 20 steps
        self.assertLess(steps[10]["loss"], 2 * steps[9]["loss"])  # with the weights and moments that it had
        whole = sha256(self.out / "model.safetensors")
        self.assertIn("goes on after step 20 of 20\n", self.good("--resume"))
        self.assertEqual(sha256(self.out / "model.safetensors"), whole)

    def test_a_run_in_bf16_goes_on_in_bf16(self):
        if "avx512f" not in pathlib.Path("/proc/cpuinfo").read_text():
            self.skipTest("oneDNN offers no bf16 on this CPU")
        file, ends = self.out / "model.safetensors", {}
        for precision in ("f32", "bf16"):  # which may warn that it is slow
            done = self.run_train("--precision", precision, "--epochs", "2", "--overwrite")
            self.assertEqual(done.returncode, 0, done)
            ends[precision] = sha256(file)
        self.assertNotEqual(ends["f32"], ends["bf16"])
        self.good("--checkpoint", file, "--eval-only", "--precision", "f32")
        self.run_train("--precision", "bf16", "--epochs", "2", "--limit-steps", "3")
        self.bad(2, ("--precision is f32", "bf16"), "--resume", "--precision", "f32")
        done = self.run_train("--resume")
        self.assertEqual((done.returncode, sha256(file)), (0, ends["bf16"]), done)

    def test_cut_short(self):
        file = self.train_some()
        whole = file.read_bytes()
        for length in (0, 7, 8, 100, len(whole) // 2, len(whole) - 1):
            with self.subTest(length=length):
                file.write_bytes(whole[:length])
                self.untouched(file, 1, str(file), "--resume")
                self.untouched(file, 1, str(file), "--checkpoint", file)

    def test_overlapping_offsets(self):
        file = self.train_some()
        bytes_ = file.read_bytes()
        length = struct.unpack("<Q", bytes_[:8])[0]
        header = json.loads(bytes_[8:8 + length])
        names = sorted((n for n in header if n != "__metadata__"), key=lambda n: header[n]["data_offsets"])
        begin, end = header[names[1]]["data_offsets"]
        header[names[1]]["data_offsets"] = [begin - 4, end - 4]
        text = json.dumps(header).encode()
        file.write_bytes(struct.pack("<Q", len(text)) + text + bytes_[8 + length:])
        self.untouched(file, 1, (str(file), names[1]), "--resume")

    def test_without_the_settings_of_a_run(self):
        file = self.train_some()
        bytes_ = file.read_bytes()
        length = struct.unpack("<Q", bytes_[:8])[0]
        header = json.loads(bytes_[8:8 + length])
        del header["__metadata__"]
        text = json.dumps(header).encode()
        file.write_bytes(struct.pack("<Q", len(text)) + text + bytes_[8 + length:])
        self.untouched(file, 1, (str(file), "not a checkpoint of train"), "--resume")

    def test_are_where_a_new_run_can_start(self):
        self.good("--epochs", "3", "--batch", "64")
        loss = metrics(self.out)[0]["loss"]
        model = self.folder / "model.safetensors"
        (self.out / "model.safetensors").rename(model)
        self.good("--epochs", "1", "--batch", "64", "--checkpoint", model, "--overwrite")
        self.assertLess(metrics(self.out)[0]["loss"], loss / 2)


class Output(ProgramTest):
    def test_under_a_file(self):
        (self.folder / "file").write_text("")
        self.out = self.folder / "file" / "out"
        self.bad(1, ("--out", str(self.out)))

    def test_that_is_a_file(self):
        self.out.write_text("mine")
        self.bad(1, ("--out", str(self.out)))
        self.assertEqual(self.out.read_text(), "mine")

    def test_a_full_disk_leaves_the_old_model_whole(self):
        """The limit on file sizes stands for a full disk."""
        self.good("--epochs", "1")
        model, checkpoint = self.out / "model.safetensors", self.out / "checkpoint.safetensors"
        before = sha256(model), sha256(checkpoint)

        def limit():
            import resource
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

        self.bad(1, str(self.out), "--epochs", "1", "--overwrite", hidden="64", preexec_fn=limit)
        self.assertEqual((sha256(model), sha256(checkpoint)), before)
        self.assertFalse([f for f in os.listdir(self.out) if "tmp" in f])

    def test_a_loss_that_is_not_a_number_keeps_the_last_good_checkpoint(self):
        self.good("--epochs", "1", "--batch", "64")
        model, checkpoint = self.out / "model.safetensors", self.out / "checkpoint.safetensors"
        before = sha256(model), sha256(checkpoint)
        self.bad(1, "the loss of step", "--epochs", "2", "--batch", "64", "--lr", "1e6", "--overwrite")
        self.assertEqual((sha256(model), sha256(checkpoint)), before)

    def test_weights_that_are_not_numbers_after_the_last_step_are_not_saved(self):
        self.good("--epochs", "1", "--batch", "300")
        before = sha256(self.out / "model.safetensors"), sha256(self.out / "checkpoint.safetensors")
        self.bad(1, "step 1", "--epochs", "1", "--batch", "300", "--lr", "3e38", "--overwrite")
        self.assertEqual((sha256(self.out / "model.safetensors"), sha256(self.out / "checkpoint.safetensors")), before)


class Results(ProgramTest):
    def test_metrics_have_a_line_for_each_step_and_each_epoch(self):
        self.good("--epochs", "3", "--batch", "64")
        lines = metrics(self.out)
        steps = [line for line in lines if "step" in line]
        epochs = [line for line in lines if "step" not in line]
        self.assertEqual([line["step"] for line in steps], list(range(1, 16)))
        self.assertEqual([line["epoch"] for line in epochs], [1, 2, 3])
        self.assertTrue(all(list(line) == STEP_KEYS for line in steps))
        self.assertTrue(all(list(line) == EPOCH_KEYS for line in epochs))
        self.assertEqual([i for i, line in enumerate(lines) if "step" not in line], [5, 11, 17])
        self.assertTrue(all(line["samples_per_s"] > 0 for line in steps))
        self.assertGreater(epochs[-1]["test_accuracy"], 0.9)
        sizes = [64] * 4 + [44]
        mean = sum(line["loss"] * n for line, n in zip(steps[-5:], sizes)) / 300
        self.assertAlmostEqual(epochs[-1]["train_loss"], mean, places=6)

    def test_every_file_is_there(self):
        self.good("--epochs", "1")
        names = set(os.listdir(self.out)) - {"graph.svg", "plan.svg"}  # made if graphviz is installed
        self.assertEqual(names, {"checkpoint.safetensors", "model.safetensors", "metrics.jsonl", "graph.dot", "plan.dot",
                                 "report.json", "report.txt", "mistakes.png"})
        self.assertTrue((self.out / "graph.dot").read_text().startswith("digraph"))
        self.assertRegex((self.out / "plan.dot").read_text(), r"label=\"\d+ nodes in \d+ tiles, \d+ reorders?\"")

    def test_the_model_has_parameters_alone(self):
        self.good("--epochs", "1")
        bytes_ = (self.out / "model.safetensors").read_bytes()
        header = json.loads(bytes_[8:8 + struct.unpack("<Q", bytes_[:8])[0]])
        self.assertEqual(set(header) - {"__metadata__"}, {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"})

    def test_evaluation_prints_the_accuracy_that_training_saw(self):
        self.good("--epochs", "2")
        accuracy = metrics(self.out)[-1]["test_accuracy"]
        for extra in ((), ("--checkpoint", self.out / "checkpoint.safetensors")):
            self.assertIn(f"test accuracy {100 * accuracy:.2f} %", self.good("--eval-only", *extra))

    def test_the_trace_is_json(self):
        trace = self.folder / "trace.json"
        text = self.good("--epochs", "1", "--trace", trace)
        self.assertRegex(text, r"trace: nodes took .* s of core time, \d+ % of it in oneDNN primitives, \d+ % in own loops; dearest: ")
        content = json.loads(trace.read_text())
        events = content["traceEvents"] if isinstance(content, dict) else content
        self.assertTrue(any("fc1" in e.get("name", "") for e in events))
        steps = [e for e in events if e.get("cat") == "step"]
        self.assertEqual([e["args"]["step"] for e in steps if e["name"] == "train"], [1, 2, 3])
        self.assertEqual([e["args"]["step"] for e in steps if e["name"] == "evaluate"], [1, 2])  # the epoch, the end
        self.assertTrue(any(e["name"] == "prefetch" and e["cat"] == "other" for e in events))
        self.assertRegex(text, r"train +wall .* limited by .* dearest nodes \S+ \d+ %, \S+ \d+ %, \S+ \d+ %\n")

    def test_other_programs_that_take_the_cores_are_blamed(self):
        hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3 * (os.cpu_count() or 1))]
        try:
            text = self.good("--limit-steps", "200", "--epochs", "200", "--predict-cores", hidden="256,256")
        finally:
            for hog in hogs:
                hog.kill()
                hog.wait()
        self.assertRegex(text, r"other programs [1-9]\d* % .* limited by the cores: other programs took \d+ % of their time")

    def test_the_memory_report_adds_up(self):
        text = self.good("--limit-steps", "1", "--memory-report")
        sizes = dict(re.findall(r"^  (\S.*?)  +(\S+ \S+)", text, re.MULTILINE))
        self.assertEqual(sizes["parameters"], sizes["optimizer state and running statistics"])
        for line in ("arena of all temporary values", "batches, the next one too", "together", "images"):
            self.assertIn(line, sizes)

    def test_the_memory_report_is_printed_where_the_limit_refuses_the_run(self):
        done = self.run_train("--max-memory", "1M", "--memory-report", hidden="1024,1024")
        self.assertEqual(done.returncode, 1, done)
        together = re.search(r"^  together +(\S+) MiB", done.stdout, re.MULTILINE)
        needed = re.search(r"the run needs (\S+) MiB, the limit is 1.0 MiB", done.stderr)
        for line in ("parameters", "arena of all temporary values", "batches, the next one too", "largest values"):
            self.assertIn(line, done.stdout)
        self.assertEqual(together[1], needed[1])
        self.assertFalse(self.out.exists())
        self.assertEqual(self.run_train("--max-memory", "1M", hidden="1024,1024").stdout, "")

    def test_quiet_prints_nothing_and_nobody_sees_a_progress_line_in_a_file(self):
        self.assertEqual(self.good("--epochs", "1", "--quiet"), "")
        self.assertNotIn("\r", self.good("--epochs", "1"))

    def test_a_terminal_shows_progress(self):
        command = [self.program, "--data", self.data, "--out", self.out, "--epochs", "1000000"]
        text, status = seen_on_a_terminal(command, until=b"s left")
        self.assertIn(b"\r", text)
        self.assertIn(b"s left", text)
        self.assertEqual(status, 130)


class SameBits(ProgramTest):
    def shas(self, runs):
        result = set()
        for arguments in runs:
            self.good(*arguments, "--overwrite")
            result.add(sha256(self.out / "model.safetensors"))
        return result

    def test_on_any_number_of_threads(self):
        for model in ("mlp", "cnn"):
            with self.subTest(model):
                runs = [("--model", model, "--epochs", "2", "--batch", "64", "--threads", n) for n in (1, 2, 4, 8)]
                self.assertEqual(len(self.shas(runs)), 1)

    def test_other_seeds_give_others(self):
        self.assertEqual(len(self.shas([("--epochs", "1", "--seed", s) for s in (1, 2)])), 2)

    def test_after_a_stop_at_any_step(self):
        for extra in (("--optimizer", "adam", "--lr", "0.01"), ("--model", "cnn"), ("--schedule", "step", "--nesterov")):
            arguments = ("--epochs", "3", "--batch", "64", *extra)
            self.good(*arguments, "--overwrite")
            whole, lines = sha256(self.out / "model.safetensors"), without_rates(self.out)
            for stop in (1, 5, 8):
                with self.subTest(extra, stop=stop):
                    self.good(*arguments, "--limit-steps", stop, "--overwrite")
                    self.assertNotEqual(sha256(self.out / "model.safetensors"), whole)
                    self.good("--resume")
                    self.assertEqual(sha256(self.out / "model.safetensors"), whole)
                    self.assertEqual(without_rates(self.out), lines)

    def test_after_an_interruption(self):
        arguments = ["--data", str(self.data), "--hidden", "64,64", "--batch", "8", "--epochs", "100"]
        subprocess.run([self.program, *arguments, "--out", str(self.folder / "whole"), "--quiet"], check=True, timeout=120)
        error = interrupted(self, [self.program, *arguments, "--out", self.out], self.out,
                            lambda: lines(self.out / "metrics.jsonl") > 50)
        self.assertEqual(error.count("\n"), 1)
        self.assertRegex(error, r"interrupted after step \d+; to go on: .*--resume --out " + str(self.out))
        self.assertFalse((self.out / "model.safetensors").exists())
        self.good("--resume")
        for name in ("model.safetensors", "checkpoint.safetensors"):
            self.assertEqual(sha256(self.out / name), sha256(self.folder / "whole" / name))
        self.assertEqual(without_rates(self.out), without_rates(self.folder / "whole"))


@unittest.skipUnless(FASHION_MNIST.is_dir(), "the Debian package dataset-fashion-mnist is not installed")
class FashionMnist(ProgramTest):
    def test_is_the_data_when_none_is_named(self):
        text = self.good("--limit-steps", "20", data=False, hidden="32")
        self.assertIn("60000 images", text)
        steps = metrics(self.out)
        self.assertEqual(len(steps), 20)
        self.assertLess(steps[-1]["loss"], steps[0]["loss"])


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: train_program.py PATH-OF-TRAIN [tests]")
    ProgramTest.program = os.path.abspath(sys.argv.pop(1))
    result = unittest.main(exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped:
        print("skipped:", "; ".join(sorted({reason for _, reason in result.skipped})))
        sys.exit(77)


if __name__ == "__main__":
    main()
