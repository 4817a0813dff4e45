#!/usr/bin/env python3
"""Runs the binary `classify` on small models and pictures: classify_program.py PATH-OF-CLASSIFY PATH-OF-TRAIN.

Photos and real classifiers are used where they are found (BACKFLOW_SHARED, or `shared` beside the sources)."""
import json
import os
import pathlib
import struct
import subprocess
import sys
import unittest
import zlib

from support.onnx_file import small_network
from support.train_runs import ProgramTest, part

TESTS = pathlib.Path(__file__).resolve().parents[1]
SHARED = pathlib.Path(os.environ.get("BACKFLOW_SHARED", TESTS.parent.parent / "shared"))
FLAGS = "--model --arch --labels --top --threads --json --help --standardize --version --log-level --log-file PHOTO".split()


def png(width, height, rows, colour=2, depth=8):
    """The bytes of a PNG whose lines of pixels are `rows`; colour 0 is grey, 2 RGB, 4 grey and alpha, 6 RGBA."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)) +
            chunk(b"IDAT", data) + chunk(b"IEND", b""))


def stored(file, name):
    """The bytes of a tensor in a safetensors file."""
    content = file.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    begin, end = json.loads(content[8:8 + length])[name]["data_offsets"]
    return content[8 + length + begin:8 + length + end]


class ClassifyTest(ProgramTest):
    classify = ""  # the path of classify

    def setUp(self):
        super().setUp()
        self.photo = self.folder / "photo.png"
        self.photo.write_bytes(png(40, 36, [[(x * y) % 256 for x in range(120)] for y in range(36)]))
        self.onnx = self.folder / "model.onnx"
        self.onnx.write_bytes(stored(TESTS / "reference" / "onnx.safetensors", "export_classic/model"))

    def run_classify(self, *arguments):
        return subprocess.run([self.classify, *map(str, arguments)], capture_output=True, text=True, timeout=120)

    def names(self, *arguments):
        done = self.run_classify(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        return done.stdout

    def refused(self, status, wanted, *arguments):
        done = self.run_classify(*arguments)
        self.assertEqual(done.returncode, status, done)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for text in [wanted] if isinstance(wanted, str) else wanted:
            self.assertIn(text, done.stderr)
        return done.stdout


class Usage(ClassifyTest):
    def test_help_names_every_flag(self):
        text = self.names("--help")
        for flag in FLAGS:
            self.assertIn(flag, text)

    def test_wrong_usage_ends_with_two(self):
        for wanted, *arguments in (
            ("--model", self.photo),
            ("PHOTO", "--model", self.onnx),
            ("--top", "--model", self.onnx, "--top", "0", self.photo),
            ("--threads", "--model", self.onnx, "--threads", "0", self.photo),
            ("--threads", "--model", self.onnx, "--threads", "many", self.photo),
            ("--speed", "--model", self.onnx, self.photo, "--speed"),
        ):
            with self.subTest(arguments):
                self.refused(2, wanted, *arguments)


class Models(ClassifyTest):
    def test_an_onnx_file_on_any_number_of_threads(self):
        outputs = {self.names("--model", self.onnx, "--threads", n, self.photo) for n in (1, 2, 4)}
        self.assertEqual(len(outputs), 1)
        lines = outputs.pop().splitlines()
        self.assertEqual(lines[0], str(self.photo))
        self.assertEqual(len(lines), 6)
        shares = [float(line.split()[0]) for line in lines[1:]]
        self.assertEqual(shares, sorted(shares, reverse=True))
        self.assertAlmostEqual(sum(shares), 100, delta=0.1)
        self.assertEqual(sorted(int(line.split()[2]) for line in lines[1:]), [0, 1, 2, 3, 4])

    def test_what_train_wrote(self):
        self.good("--epochs", "4")
        pixels, labels = part(20, 3)
        for file in ("model.safetensors", "checkpoint.safetensors"):
            for i, label in enumerate(labels[8:13]):
                picture = pixels[16 + 64 * i:16 + 64 * (i + 1)]
                self.photo.write_bytes(png(8, 8, [picture[8 * y:8 * (y + 1)] for y in range(8)], colour=0))
                line = json.loads(self.names("--model", self.out / file, "--json", self.photo))
                self.assertEqual(line["top"][0]["class"], label)

    def test_files_that_are_no_models(self):
        for content in (b"", b"not a model", self.photo.read_bytes(), self.onnx.read_bytes()[:-1000]):
            self.onnx.write_bytes(content)
            self.refused(1, (str(self.onnx), "truncated"), "--model", self.onnx, self.photo)
        self.refused(1, "nothing.onnx", "--model", self.folder / "nothing.onnx", self.photo)

    def test_the_way_pixels_are_standardised_can_be_said(self):
        lines = [self.names("--model", self.onnx, *how, self.photo) for how in
                 ((), ("--standardize", "imagenet"), ("--standardize", "none"), ("--standardize", "0.5/0.5"))]
        self.assertEqual(lines[0], lines[1])
        self.assertEqual(len(set(lines)), 3)
        self.refused(2, ("--standardize", "imagenet, none or MEAN/DEVIATION", "'0.5'"), "--model", self.onnx, "--standardize", "0.5", self.photo)

    def test_unsupported_ops_are_listed_at_once(self):
        content = self.onnx.read_bytes()
        self.onnx.write_bytes(content.replace(b"LeakyRelu", b"LeekyRelu").replace(b"MaxPool", b"MixPool"))
        self.refused(1, "LeekyRelu (1×), MixPool (1×)", "--model", self.onnx, self.photo)

    def test_parameters_of_another_architecture_are_named(self):
        self.good("--epochs", "1")
        self.refused(1, ("model.safetensors", "resnet18", "missing: 'bn1.bias' [64]", "unexpected: 'fc1.bias' [16]"),
                     "--model", self.out / "model.safetensors", "--arch", "resnet18", self.photo)
        self.refused(2, ("--arch", "vgg19 or vgg19_bn, got 'vgg99'"), "--model", self.out / "model.safetensors",
                     "--arch", "vgg99", self.photo)
        self.refused(1, ("is an ONNX file", "'resnet18'"), "--model", self.onnx, "--arch", "resnet18", self.photo)


class Labels(ClassifyTest):
    def test_are_shown(self):
        labels = self.folder / "labels.txt"
        labels.write_text("zero\none\ntwo, deux\nthree\nfour\n")
        text = self.names("--model", self.onnx, "--labels", labels, self.photo)
        for number, name in enumerate(labels.read_text().splitlines()):
            self.assertRegex(text, f" {number}  {name}\n")
        line = json.loads(self.names("--model", self.onnx, "--labels", labels, "--json", "--top", "2", self.photo))
        self.assertEqual(line["photo"], str(self.photo))
        self.assertEqual([list(entry) for entry in line["top"]], [["class", "probability", "label"]] * 2)

    def test_that_a_model_of_many_classes_lacks_are_hinted_at(self):
        net = self.folder / "many.onnx"
        net.write_bytes(small_network(classes=100))
        done = self.run_classify("--model", net, self.photo)
        self.assertEqual((done.returncode, done.stderr),
                         (0, "classify: the model does not name its 100 classes; --labels FILE does\n"))
        labels = self.folder / "labels.txt"
        labels.write_text("".join(f"class {i}\n" for i in range(100)))
        self.names("--model", net, "--labels", labels, self.photo)
        self.names("--model", net, "--json", self.photo)

    def test_of_another_length_are_refused(self):
        labels = self.folder / "labels.txt"
        labels.write_text("zero\none\n")
        self.refused(1, (str(labels), "2 labels", "5 classes"), "--model", self.onnx, "--labels", labels, self.photo)
        self.refused(1, "nothing.txt", "--model", self.onnx, "--labels", self.folder / "nothing.txt", self.photo)


class Photos(ClassifyTest):
    def top(self, *arguments):
        return [json.loads(line)["top"] for line in self.names("--model", self.onnx, "--json", *arguments).splitlines()]

    def test_grey_alpha_and_deep_ones_are_those_in_plain_colour(self):
        grey = [[(3 * x * y) % 256 for x in range(40)] for y in range(36)]
        same = {"plain": (2, 8, [[v for v in row for _ in range(3)] for row in grey]),
                "grey": (0, 8, grey),
                "grey_alpha": (4, 8, [[b for v in row for b in (v, 255)] for row in grey]),
                "rgba": (6, 8, [[b for v in row for b in (v, v, v, 255)] for row in grey]),
                "deep": (0, 16, [[b for v in row for b in (v, v)] for row in grey])}
        files = []
        for name, (colour, depth, rows) in same.items():
            files.append(self.folder / f"{name}.png")
            files[-1].write_bytes(png(40, 36, rows, colour, depth))
        tops = self.top(*files)
        for name, top in zip(same, tops):
            self.assertEqual(top, tops[0], name)

    def test_a_broken_one_does_not_keep_the_others_from_being_shown(self):
        broken, text = self.folder / "broken.png", self.folder / "text.jpg"
        broken.write_bytes(self.photo.read_bytes()[:-40])
        text.write_text("no image")
        for bad in (broken, text, self.folder / "nothing.png", self.folder):
            shown = self.refused(1, str(bad), "--model", self.onnx, self.photo, bad, self.photo)
            self.assertEqual(shown.count(str(self.photo)), 2)

    def test_one_that_is_too_narrow_is_named(self):
        narrow = self.folder / "narrow.png"
        narrow.write_bytes(png(60000, 1, [[7] * 60000], colour=0))
        self.refused(1, (str(narrow), "60000 × 1 is too narrow"), "--model", self.onnx, narrow)


@unittest.skipUnless((SHARED / "models" / "squeezenet1_0.onnx").exists(), "real classifiers are not there")
class RealClassifiers(ClassifyTest):
    def test_know_what_is_in_photos(self):
        labels = SHARED / "models" / "imagenet_labels.txt"
        photos = {"parrot.jpg": 88, "bird.png": 19, "dragonfly.png": 319}
        for model in ("squeezenet1_0.onnx", "mobilenet_v2_1.0_224.onnx"):
            text = self.names("--model", SHARED / "models" / model, "--labels", labels, "--json",
                              *(SHARED / "photos" / photo for photo in photos))
            found = [json.loads(line)["top"][0] for line in text.splitlines()]
            self.assertEqual([top["class"] for top in found], list(photos.values()))
            self.assertIn("macaw", found[0]["label"])


if __name__ == "__main__":
    ClassifyTest.classify, ProgramTest.program = sys.argv[1:3]
    if not RealClassifiers.__dict__.get("__unittest_skip__"):
        print("real classifiers are used from", SHARED)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
