#!/usr/bin/env python3
"""Runs the binary `explain` on small models and pictures: explain_program.py PATH-OF-EXPLAIN PATH-OF-TRAIN.

Photos and real classifiers are used where they are found (BACKFLOW_SHARED, or `shared` beside the sources)."""
import json
import os
import pathlib
import random
import signal
import struct
import subprocess
import sys
import time
import unittest

from support.dream_runs import LABELS, files_of, photo, png_size
from support.onnx_file import small_network
from support.progress import without_progress
from support.train_runs import ProgramTest, part

TESTS = pathlib.Path(__file__).resolve().parents[1]
SHARED = pathlib.Path(os.environ.get("BACKFLOW_SHARED", TESTS.parent.parent / "shared"))
METHODS = ["saliency", "smoothgrad", "gradient-x-input", "integrated", "grad-cam", "guided", "occlusion", "rise"]
SMALL = ("--samples", "4", "--steps", "8", "--masks", "8", "--window", "80", "--score-steps", "4", "--random-maps", "1")


def numbers(file):
    """The values of an .npy file of float32."""
    data = file.read_bytes()
    length = struct.unpack("<H", data[8:10])[0]
    values = data[10 + length:]
    return list(struct.unpack(f"<{len(values) // 4}f", values))


def rank_correlation(a, b):
    """Spearman's, of absolute values."""
    def ranks(values):
        order = sorted(range(len(values)), key=lambda i: abs(values[i]))
        result = [0] * len(values)
        for rank, i in enumerate(order):
            result[i] = rank
        return result
    x, y, mean = ranks(a), ranks(b), (len(a) - 1) / 2
    return sum((p - mean) * (q - mean) for p, q in zip(x, y)) / sum((p - mean) ** 2 for p in x)


class ExplainTest(ProgramTest):
    explain = ""  # the path of explain

    def setUp(self):
        super().setUp()
        self.photo, self.model, self.labels = (self.folder / n for n in ("photo.png", "net.onnx", "labels.txt"))
        self.photo.write_bytes(photo())
        self.model.write_bytes(small_network())
        self.labels.write_text("\n".join(LABELS) + "\n")

    def run_explain(self, *arguments, **more):
        return subprocess.run([self.explain, *map(str, arguments)], capture_output=True, text=True, timeout=300, **more)

    def good_explain(self, *arguments):
        small = [part for flag, value in zip(SMALL[::2], SMALL[1::2]) if flag not in arguments for part in (flag, value)]
        done = self.run_explain("--model", self.model, "--out", self.out, *small, *arguments)
        self.assertEqual((done.returncode, without_progress(done.stderr)), (0, ""), done)
        return done.stdout

    def results(self):
        return json.loads((self.out / "explanations.json").read_text())["explanations"]


class Results(ExplainTest):
    def test_every_method_leaves_its_files_and_figures(self):
        text = self.good_explain("--method", "all", "--labels", self.labels, self.photo)
        found = self.results()
        self.assertEqual([m["method"] for m in found[0]["maps"]], METHODS)
        self.assertEqual(found[0]["label"], LABELS[found[0]["class"]])
        for m in found[0]["maps"]:
            self.assertEqual(png_size(self.out / m["overlay"]), (448, 448))
            self.assertEqual(png_size(self.out / m["map"]), (224, 224))
            self.assertEqual(len(numbers(self.out / m["array"])), 224 * 224)
            for score in ("deletion", "insertion"):
                self.assertTrue(0 <= m[score] <= 1)
                self.assertEqual(len(m[score + "_curve"]), 5)
            self.assertIn(m["method"], text)
        self.assertIn("random", found[0])
        self.assertIn("random maps (mean of 1)", text)
        self.assertIn("integrated: attributions add up to", text)
        integrated = found[0]["maps"][3]
        self.assertAlmostEqual(integrated["sum_of_attributions"], integrated["difference_of_logit"],
                               delta=0.1 * abs(integrated["difference_of_logit"]) + 0.01)
        self.assertTrue((self.out / "photo/contact_sheet.png").exists())

    def test_the_same_bits_at_any_number_of_threads(self):
        results = []
        for threads in (1, 2, 4, 8):
            self.out = self.folder / f"out{threads}"
            self.good_explain("--method", "all", "--threads", threads, self.photo)
            results.append(files_of(self.out))
        for other in results[1:]:
            self.assertEqual(results[0].keys(), other.keys())
            self.assertEqual([name for name in other if other[name] != results[0][name]], [])

    def test_several_photos_and_classes(self):
        other = self.folder / "b" / "photo.png"
        other.parent.mkdir()
        other.write_bytes(photo(60, 60))
        self.good_explain("--method", "saliency", "--class", "macaw", "--class", 0, "--labels", self.labels, self.photo, other)
        found = self.results()
        self.assertEqual([(e["photo"], e["class"]) for e in found], [(str(p), c) for p in (self.photo, other) for c in (2, 0)])
        self.assertEqual([e["contact_sheet"].split("/")[0] for e in found],
                         ["photo.class-2", "photo.class-0", "photo.class-2-2", "photo.class-0-2"])
        self.assertTrue((self.out / "contact_sheet.png").exists())

    def test_grad_cam_of_layers(self):
        self.good_explain("--method", "grad-cam", "--layer", "*", self.photo)
        every = [m["layer"] for m in self.results()[0]["maps"]]
        self.assertEqual(every, ["conv1", "relu1", "conv2", "relu2"])
        self.out = self.folder / "two"
        self.good_explain("--method", "grad-cam", "--layer", "relu1", "--layer", "relu2", self.photo)
        self.assertEqual([m["array"] for m in self.results()[0]["maps"]],
                         ["photo/grad-cam.relu1.npy", "photo/grad-cam.relu2.npy"])

    def test_a_line_of_json_for_each(self):
        lines = self.good_explain("--method", "saliency", "--json", self.photo, self.photo).splitlines()
        self.assertEqual([json.loads(line) for line in lines], self.results())

    def test_without_scores(self):
        text = self.good_explain("--method", "saliency", "--score-steps", 0, self.photo)
        self.assertNotIn("deletion", text)
        self.assertNotIn("deletion", self.results()[0]["maps"][0])

    def test_a_photo_that_cannot_be_read_does_not_keep_the_others(self):
        bad = self.folder / "bad.png"
        bad.write_bytes(b"no picture")
        done = self.run_explain("--model", self.model, "--out", self.out, *SMALL, "--method", "saliency", bad, self.photo)
        self.assertEqual(done.returncode, 1)
        self.assertIn("bad.png", done.stderr)
        self.assertEqual([e["photo"] for e in self.results()], [str(self.photo)])

    def test_what_a_network_lacks_is_left_out_of_all_and_refused_alone(self):
        self.good("--epochs", "1")
        mlp = ("--model", self.out, "--out", self.folder / "why", *SMALL, self.photo)
        done = self.run_explain(*mlp, "--method", "all")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("left out: grad-cam needs a layer with places", done.stderr)
        done = self.run_explain(*mlp, "--method", "grad-cam", "--overwrite")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done)
        self.assertIn("--method: grad-cam needs a layer with places", done.stderr)


class Sanity(ExplainTest):
    """Adebayo et al. 2018: maps that stay the same when weights are drawn anew do not explain the network."""

    def randomized(self, file, layers):
        """Weights of these layers in another order, which keeps their distribution."""
        content = file.read_bytes()
        length = struct.unpack("<Q", content[:8])[0]
        header, data = json.loads(content[8:8 + length]), bytearray(content[8 + length:])
        header["__metadata__"].pop("backflow.crc32")
        shuffle = random.Random(1)
        for layer in layers:
            begin, end = header[f"{layer}.weight"]["data_offsets"]
            values = list(struct.unpack(f"<{(end - begin) // 4}f", data[begin:end]))
            shuffle.shuffle(values)
            data[begin:end] = struct.pack(f"<{len(values)}f", *values)
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        return struct.pack("<Q", len(text)) + text + bytes(data)

    def test_maps_change_when_weights_are_drawn_anew_from_the_last_layer_down(self):
        self.good("--model", "cnn", "--epochs", "6")
        trained, other = self.out / "model.safetensors", self.folder / "other.safetensors"
        pixels, labels = part(20, 3)
        self.photo.write_bytes(photo(8, 8))
        maps = {}
        layers = ["fc2", "fc1", "conv2", "conv1"]
        for count in range(len(layers) + 1):
            other.write_bytes(self.randomized(trained, layers[:count]))
            self.model, self.out = other, self.folder / f"random{count}"
            classes = [part for c in range(5) for part in ("--class", c)]
            self.good_explain("--method", "saliency,integrated,smoothgrad,grad-cam", *classes, "--samples", 20, self.photo)
            maps[count] = {(m["method"], r["class"]): numbers(self.out / m["array"]) for r in self.results() for m in r["maps"]}
        self.assertEqual(len(maps[0]), 20)
        correlations = {}
        for (method, c), first in maps[0].items():
            second = maps[4][method, c]
            if any(first) and any(second):  # grad-cam shows nothing where all speaks against a class
                correlations.setdefault(method, []).append(rank_correlation(first, second))
        self.assertEqual({m: len(c) for m, c in correlations.items() if m != "grad-cam"},
                         {"saliency": 5, "integrated": 5, "smoothgrad": 5})
        self.assertIn("grad-cam", correlations)
        for method, of_classes in correlations.items():  # of one class a coarse map may be alike by chance
            self.assertLess(sum(of_classes) / len(of_classes), 0.5, (method, of_classes))


class Refusals(ExplainTest):
    def test_bad_input(self):
        cases = (
            (2, "--model", ()),
            (2, "--out", ("--model", self.model, self.photo)),
            (2, "PHOTO", ("--model", self.model, "--out", self.out)),
            *((2, wanted, ("--model", self.model, "--out", self.out, *flags, self.photo)) for wanted, *flags in (
                ("--method", "--method", "magic"),
                ("--method", "--method", ""),
                ("--steps: needs to be in 1 … 4096, got 0", "--steps", "0"),
                ("--steps", "--steps", "many"),
                ("--samples", "--samples", "-1"),
                ("--noise", "--noise", "-0.1"),
                ("--keep", "--keep", "2"),
                ("--baseline: needs to be mean, black, white or blur", "--baseline", "grey"),
                ("--batch", "--batch", "0"),
                ("--masks", "--masks", "0"),
                ("--window", "--window", "-3"),
                ("--score-steps", "--score-steps", "-1"),
                ("--random-maps", "--random-maps", "x"),
                ("--threads", "--threads", "0"),
                ("--class: there is no class 5; the network has classes 0 … 4", "--class", "5"),
                ("--class: class 'macaw' is no number, and there are no labels", "--class", "macaw"),
                ("--class: there is no class 'macow'; did you mean 'macaw'", "--class", "macow", "--labels", self.labels),
                ("--layer: there is no layer with places 'relu3'; did you mean 'relu1'", "--layer", "relu3"),
                ("--layer is for --method grad-cam", "--layer", "relu1", "--method", "saliency"),
                ("--arch", "--arch", "alexnet"),
                ("did you mean '--method'", "--methods", "all"),
            )),
            (1, "nothing.onnx", ("--model", self.folder / "nothing.onnx", "--out", self.out, self.photo)),
            (1, "labels.txt", ("--model", self.labels, "--out", self.out, self.photo)),
            (1, "--out: cannot make the folder", ("--model", self.model, "--out", self.photo / "x", self.photo)),
            (1, "5 classes", ("--model", self.model, "--out", self.out, "--labels", self.short_labels(), self.photo)),
        )
        for status, wanted, arguments in cases:
            with self.subTest(arguments=arguments):
                done = self.run_explain(*arguments)
                self.assertEqual(done.returncode, status, done)
                self.assertEqual(without_progress(done.stderr).count("\n"), 1, done.stderr)
                self.assertIn(wanted, done.stderr)
                self.assertFalse((self.out / "explanations.json").exists())

    def short_labels(self):
        file = self.folder / "short.txt"
        file.write_text("one\ntwo\n")
        return file

    def test_explanations_of_other_settings_are_not_replaced_unasked(self):
        self.good_explain("--method", "saliency", self.photo)
        before = files_of(self.out)
        self.good_explain("--method", "saliency", self.photo)  # the same again
        self.assertEqual(files_of(self.out), before)
        other = ("--model", self.model, "--out", self.out, *SMALL, "--method", "guided", self.photo)
        done = self.run_explain(*other)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done)
        self.assertIn("holds explanations of other settings", done.stderr)
        self.assertEqual(files_of(self.out), before)
        self.assertEqual(self.run_explain(*other, "--overwrite").returncode, 0)
        self.assertEqual(self.results()[0]["maps"][0]["method"], "guided")
        for text in ("[]", "{}", "no JSON"):
            (self.out / "explanations.json").write_text(text)
            done = self.run_explain(*other)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done)
            self.assertIn("explanations.json", done.stderr)

    def test_a_folder_is_one_run_s_at_a_time_and_a_signal_keeps_what_is_done(self):
        long = [self.explain, "--model", self.model, "--out", self.out, "--method", "rise", "--masks", "1000000", self.photo]
        running = subprocess.Popen([*map(str, long)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            deadline = time.monotonic() + 60
            while not (self.out / "run.lock").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            done = self.run_explain("--model", self.model, "--out", self.out, *SMALL, "--method", "saliency", self.photo)
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("in use by another run", done.stderr)
        finally:
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130)
        self.assertEqual(self.results(), [])
        self.assertEqual([f for f in files_of(self.out) if f.endswith((".tmp", ".lock"))], [])


@unittest.skipUnless((SHARED / "models/squeezenet1_0.onnx").exists(), "the shared models are not there")
class RealNetworks(ExplainTest):
    def test_maps_of_a_parrot_are_more_faithful_than_chance(self):
        for name in ("squeezenet1_0", "mobilenet_v2_1.0_224"):
            self.model, self.out = SHARED / f"models/{name}.onnx", self.folder / name
            done = self.run_explain("--model", self.model, "--labels", SHARED / "models/imagenet_labels.txt", "--out", self.out,
                                    "--method", "integrated,grad-cam", "--score-steps", 14, "--random-maps", 1, "--quiet",
                                    SHARED / "photos/parrot.jpg")
            self.assertEqual((done.returncode, done.stderr), (0, ""), done)
            found = self.results()[0]
            self.assertEqual(found["label"].split(",")[0], "macaw")
            for m in found["maps"]:
                self.assertGreater(m["insertion"], found["random"]["insertion"], m["method"])
            integrated = next(m for m in found["maps"] if m["method"] == "integrated")
            self.assertAlmostEqual(integrated["sum_of_attributions"] / integrated["difference_of_logit"], 1, delta=0.05)


if __name__ == "__main__":
    ExplainTest.explain, ProgramTest.program = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
