#!/usr/bin/env python3
"""Runs the binary `export`: export_program.py PATH-OF-EXPORT PATH-OF-CLASSIFY PATH-OF-TRAIN.

What it writes is checked by ONNX's own checker and computed by OpenCV (Debian's python3-onnx and python3-opencv), of
torchvision's networks by PyTorch too. Ends with 77, for ctest's "skipped", if all is well but these are not there."""
import importlib.util
import json
import math
import shutil
import struct
import subprocess
import sys
import unittest

from classify_program import png
from support import onnx_file
from support.train_runs import ProgramTest, part

FLAGS = ("--model --arch --standardize --channels --range --labels --onnx --opset --softmax --fold --external-data --overwrite "
         "--help --version --log-level --log-file --completion").split()
PEERS = all(importlib.util.find_spec(name) for name in ("onnx", "cv2", "numpy"))
TORCHVISION = importlib.util.find_spec("torchvision")
NAMES = ["first", "second", "third", "fourth", "fifth"]


class ExportTest(ProgramTest):
    export = classify = ""  # the paths of export and classify

    def setUp(self):
        super().setUp()
        self.file = self.folder / "net.onnx"

    def run_export(self, *arguments):
        return subprocess.run([self.export, *map(str, arguments)], capture_output=True, text=True, timeout=120)

    def written(self, *arguments):
        """A run that writes self.file; its bytes."""
        done = self.run_export("--onnx", self.file, *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertTrue(done.stdout.startswith(f"wrote {self.file}"), done.stdout)
        return self.file.read_bytes()

    def refused(self, status, wanted, *arguments):
        done = self.run_export(*arguments)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for text in [wanted] if isinstance(wanted, str) else wanted:
            self.assertIn(text, done.stderr)

    def train(self, network="mlp"):
        self.good("--model", network, "--limit-steps", "40")

    def empty(self):
        """Another network may be trained."""
        shutil.rmtree(self.out)

    def photos(self, count):
        """Their pixels, one after another, and files with them: grey pictures of 8 × 8."""
        pixels = part(count, 3)[0][16:]
        return pixels, [self.photo(f"{i}.png", pixels[64 * i:64 * (i + 1)]) for i in range(count)]

    def photo(self, name, pixels):
        path = self.folder / name
        path.write_bytes(png(8, 8, [pixels[8 * y:8 * y + 8] for y in range(8)], colour=0))
        return path

    def probabilities(self, model, photos, *options):
        """Of each photo, by class, with the class's label; as classify says."""
        done = subprocess.run([self.classify, "--model", model, "--json", *options, *photos], capture_output=True, text=True, timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        return [{top["class"]: (top["probability"], top.get("label")) for top in json.loads(line)["top"]}
                for line in done.stdout.splitlines()]


class Usage(ExportTest):
    def test_help_names_every_flag(self):
        text = self.run_export("--help").stdout
        for flag in FLAGS:
            self.assertIn(flag, text)
        self.assertIn("Examples:", text)

    def test_wrong_usage_ends_with_two(self):
        for wanted, *arguments in (
            ("--model", "--onnx", self.file),
            ("--onnx", "--model", self.out),
            ("--opset", "--model", self.out, "--onnx", self.file, "--opset", "12"),
            ("--opset", "--model", self.out, "--onnx", self.file, "--opset", "18"),
            ("--arch", "--model", self.out, "--onnx", self.file, "--arch", "alexnet"),
        ):
            with self.subTest(arguments):
                self.refused(2, wanted, *arguments)
        self.assertFalse(self.file.exists())

    def test_files_that_cannot_be_read_or_written_are_named(self):
        self.train()
        self.refused(1, "nothing", "--model", self.folder / "nothing", "--onnx", self.file)
        self.refused(1, "model.safetensors", "--model", self.folder, "--onnx", self.file)
        self.refused(1, ("--onnx", "no_folder"), "--model", self.out, "--onnx", self.folder / "no_folder" / "net.onnx")
        labels = self.folder / "labels.txt"
        labels.write_text("one\ntwo\n")
        self.refused(1, str(labels), "--model", self.out, "--onnx", self.file, "--labels", labels)
        self.assertFalse(self.file.exists())

    def test_a_file_that_is_there_is_kept(self):
        self.train()
        self.file.write_text("mine")
        self.refused(1, (str(self.file), "--overwrite"), "--model", self.out, "--onnx", self.file)
        self.assertEqual(self.file.read_text(), "mine")
        self.written("--model", self.out, "--overwrite")
        self.assertNotEqual(self.file.read_text(errors="replace"), "mine")
        other, data = self.folder / "other.onnx", self.folder / "other.onnx.data"
        data.write_text("mine")
        self.refused(1, (str(data), "--overwrite"), "--model", self.out, "--onnx", other, "--external-data")
        self.assertEqual((data.read_text(), other.exists()), ("mine", False))


class Files(ExportTest):
    def test_a_trained_network_classifies_as_before(self):
        _, photos = self.photos(5)
        labels = self.folder / "labels.txt"
        labels.write_text("\n".join(NAMES))
        for network in ("mlp", "cnn", "allconv"):
            with self.subTest(network):
                self.train(network)
                first = self.written("--model", self.out, "--overwrite", "--labels", labels)
                self.assertEqual(self.written("--model", self.out / "model.safetensors", "--overwrite", "--labels", labels), first)
                self.assertEqual(self.written("--model", self.file, "--overwrite"), first)
                results = (self.probabilities(m, photos) for m in (self.out / "model.safetensors", self.file))
                for own, got in zip(*results, strict=True):
                    self.assertEqual(sorted(own), sorted(got))
                    for k, (probability, label) in got.items():
                        self.assertAlmostEqual(probability, own[k][0], delta=1e-6)
                        self.assertEqual(label, NAMES[k])
                self.empty()

    def test_pixels_are_read_as_the_options_say(self):
        self.train()
        _, photos = self.photos(3)
        own = self.out / "model.safetensors"
        for options in (("--range", "-1..1"), ("--range", "255", "--standardize", "30/60")):
            with self.subTest(options):
                self.written("--model", own, "--overwrite", *options)
                for wanted, got in zip(self.probabilities(own, photos, *options), self.probabilities(self.file, photos), strict=True):
                    for k, (probability, _) in got.items():
                        self.assertAlmostEqual(probability, wanted[k][0], delta=1e-6)

    def test_a_network_that_reads_blue_first_is_written_as_one_that_reads_red_first(self):
        means = self.folder / "means.onnx"  # of the channels
        nodes = [onnx_file.node("GlobalAveragePool", ["image"], "m"), onnx_file.node("Flatten", ["m"], "y")]
        means.write_bytes(onnx_file.model(nodes, [], "y", shape=(0, 3, 8, 8), classes=3))
        blue = self.folder / "blue.png"
        blue.write_bytes(png(8, 8, [bytes([0, 0, 255] * 8)] * 8, colour=2))
        for options, top in (((), 2), (("--channels", "bgr"), 0)):
            self.written("--model", means, "--standardize", "none", "--overwrite", *options)
            found = self.probabilities(self.file, [blue])[0]
            self.assertEqual(max(found, key=lambda k: found[k][0]), top)

    def test_weights_beside_it(self):
        self.train()
        whole = self.written("--model", self.out)
        self.file.unlink()
        small = self.written("--model", self.out, "--external-data")
        data = self.folder / "net.onnx.data"
        self.assertEqual(data.stat().st_size, 4 * 16 * 64)  # the first layer's; the others are small
        self.assertLess(len(small) + 3000, len(whole))
        _, photos = self.photos(3)
        self.assertEqual(self.probabilities(self.file, photos), self.probabilities(self.out / "model.safetensors", photos))


@unittest.skipUnless(PEERS, "python3-onnx and python3-opencv are not there")
class Peers(ExportTest):
    def test_others_take_the_file_and_compute_the_same(self):
        import cv2
        import numpy
        import onnx
        count = 12
        pixels, photos = self.photos(count)
        images = numpy.frombuffer(pixels, numpy.uint8).reshape(count, 1, 8, 8)
        for network in ("mlp", "cnn", "allconv"):
            self.train(network)
            expected = self.probabilities(self.out / "model.safetensors", photos)
            for arguments in ((), ("--opset", "13"), ("--softmax",), ("--external-data", "--opset", "15")):
                with self.subTest(network=network, arguments=arguments):
                    self.written("--model", self.out, "--overwrite", *arguments)
                    onnx.checker.check_model(str(self.file), full_check=True)
                    model = onnx.shape_inference.infer_shapes(onnx.load(str(self.file)), strict_mode=True)
                    output = model.graph.output[0]
                    self.assertEqual(output.name, "probabilities" if "--softmax" in arguments else "logits")
                    sizes = [d.dim_param or d.dim_value for d in output.type.tensor_type.shape.dim]
                    self.assertEqual(sizes, ["N", 5])
                    if "--external-data" in arguments:
                        continue  # which OpenCV 4.6 cannot read
                    net = cv2.dnn.readNetFromONNX(str(self.file))
                    for image, own in zip(images, expected, strict=True):
                        net.setInput((image[None] / 255).astype(numpy.float32))
                        got = net.forward()[0].astype(numpy.float64)
                        if "--softmax" in arguments:
                            got = numpy.log(got)
                        got -= numpy.log(numpy.exp(got).sum())
                        # Logits, but for what all of them share.
                        for k, (probability, _) in own.items():
                            self.assertAlmostEqual(got[k], math.log(probability), delta=1e-4)
            self.empty()


def write_safetensors(path, tensors, arch):
    header, offset = {"__metadata__": {"arch": arch}}, 0
    for name, values in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(values.tobytes() for values in tensors.values()))


def bounds_as_attributes(model):
    """The bytes of the model, with the bounds of its Clip nodes as OpenCV before 4.7 reads them: as up to opset 10."""
    from onnx import helper, numpy_helper
    constants = {n.output[0]: n.attribute[0].t for n in model.graph.node if n.op_type == "Constant"}
    for node in model.graph.node:
        if node.op_type == "Clip":
            for name, value in zip(("min", "max"), list(node.input[1:]), strict=True):
                bound = float(numpy_helper.to_array(constants[value]))
                node.attribute.append(helper.make_attribute(name, bound))
            del node.input[1:]
    return model.SerializeToString()


@unittest.skipUnless(PEERS and TORCHVISION, "python3-onnx, python3-opencv and python3-torchvision are not there")
class Torchvision(ExportTest):
    def test_opencv_computes_what_pytorch_does(self):
        import cv2
        import numpy
        import onnx
        import torch
        import torchvision
        torch.manual_seed(3)
        pixels = numpy.random.default_rng(1).integers(0, 256, (224, 224, 3), numpy.uint8)
        photo, weights = self.folder / "photo.png", self.folder / "weights.safetensors"
        photo.write_bytes(png(224, 224, pixels.reshape(224, -1)))
        image = numpy.ascontiguousarray(pixels.transpose(2, 0, 1)[None] / 255, numpy.float32)
        mean, stddev = (torch.tensor(v).view(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
        for arch, fold in (("resnet18", []), ("resnet18", ["--fold"]), ("mobilenet_v2", [])):
            with self.subTest(arch=arch, fold=fold), torch.no_grad():
                model = getattr(torchvision.models, arch)(num_classes=10).eval()
                for name, values in model.state_dict().items():
                    if "running" in name:
                        values.uniform_(0.5, 1.5) if "var" in name else values.normal_(0, 0.1)
                tensors = {name: v.numpy() for name, v in model.state_dict().items() if v.dtype == torch.float32}
                write_safetensors(weights, tensors, arch)
                self.written("--model", weights, "--overwrite", *fold)
                onnx.checker.check_model(str(self.file), full_check=True)
                self.assertEqual(b"BatchNormalization" in self.file.read_bytes(), not fold)
                expected = model((torch.from_numpy(image) - mean) / stddev)[0].numpy()
                net = cv2.dnn.readNetFromONNX(numpy.frombuffer(bounds_as_attributes(onnx.load(str(self.file))), numpy.uint8))
                net.setInput(image)
                got = net.forward()[0]
                self.assertLess(abs(got - expected).max(), 1e-4 * max(1, abs(expected).max()))
                self.assertGreater(expected.std(), 0.01)
                own, back = (self.probabilities(m, ["--top", "10", photo])[0] for m in (weights, self.file))
                for k in range(10):
                    self.assertAlmostEqual(back[k][0], own[k][0], delta=1e-5)


if __name__ == "__main__":
    ExportTest.export, ExportTest.classify, ProgramTest.program = sys.argv[1:4]
    result = unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=1, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped:
        print("skipped:", "; ".join(sorted({reason for _, reason in result.skipped})))
        sys.exit(77)
