#!/usr/bin/env python3
"""Runs the binary `attack` on a small network and small data: attack_program.py PATH-OF-ATTACK PATH-OF-TRAIN.

Photos and real classifiers are used where they are found (BACKFLOW_SHARED, or `shared` beside the sources)."""
import json
import os
import pathlib
import subprocess
import sys
import unittest

from support.arrays import npz, npy
from support.dream_runs import files_of, photo, png_size
from support.interrupt import interrupted
from support.onnx_file import small_network
from support.progress import without_progress
from support.train_runs import ProgramTest

TESTS = pathlib.Path(__file__).resolve().parents[1]
SHARED = pathlib.Path(os.environ.get("BACKFLOW_SHARED", TESTS.parent.parent / "shared"))
FLAGS = ("--model --data --norm --eps --method --steps --restarts --queries --certify --limit --seed --threads --out --json "
         "--overwrite --sanity --arch --labels --batch --pictures PHOTO").split()


class AttackTest(ProgramTest):
    attack = ""  # the path of attack

    def setUp(self):
        super().setUp()
        self.results = self.folder / "results"
        self.photo, self.onnx = self.folder / "photo.png", self.folder / "net.onnx"
        self.photo.write_bytes(photo())
        self.onnx.write_bytes(small_network())

    def trained(self, *arguments):
        self.good("--epochs", "3", *arguments)
        return self.out / "model.safetensors"

    def run_attack(self, *arguments):
        return subprocess.run([self.attack, *map(str, arguments)], capture_output=True, text=True, timeout=300)

    def text(self, *arguments):
        done = self.run_attack(*arguments)
        self.assertEqual((done.returncode, without_progress(done.stderr)), (0, ""), done)
        return done.stdout

    def found(self, *arguments):
        return json.loads(self.text("--json", *arguments))

    def refused(self, status, wanted, *arguments):
        done = self.run_attack(*arguments)
        self.assertEqual(done.returncode, status, done)
        self.assertEqual(without_progress(done.stderr).count("\n"), 1, done.stderr)
        for part in [wanted] if isinstance(wanted, str) else wanted:
            self.assertIn(part, done.stderr)
        self.assertEqual(done.stdout, "")


class Usage(AttackTest):
    def test_help_names_every_flag(self):
        text = self.text("--help")
        for flag in FLAGS:
            self.assertIn(flag, text)

    def test_wrong_usage_ends_with_two(self):
        model, data, eps = ("--model", self.onnx), ("--data", self.data), ("--eps", "0.1")
        for wanted, *arguments in (
            ("--model", *data, *eps),
            ("what is to be attacked", *model, *eps),
            ("exclude each other", *model, *data, *eps, self.photo),
            ("--eps says how far", *model, *data),
            (("--eps needs radii above 0 and below 1", "'2'"), *model, *data, "--eps", "2"),
            ("got '1'", *model, *data, "--eps", "1"),
            ("got '0.1,0'", *model, *data, "--eps", "0.1,0"),
            ("got '-0.1'", *model, *data, "--eps=-0.1"),
            ("got 'nan'", *model, *data, "--eps", "nan"),
            ("got 'inf'", *model, *data, "--norm", "l2", "--eps", "inf"),
            ("got '8/0'", *model, *data, "--eps", "8/0"),
            ("got 'much'", *model, *data, "--eps", "much"),
            ("--eps", *model, *data, "--eps", ""),
            (("--norm", "linf or l2"), *model, *data, *eps, "--norm", "l1"),
            (("--method needs fgsm, pgd, mim, deepfool, cw, square or suite", "'pdg'"), *model, *data, *eps, "--method", "pdg"),
            ("--method cw is an attack for --norm l2", *model, *data, *eps, "--method", "pgd,cw"),
            ("--method needs --eps", *model, *data, "--certify", "sigma=1", "--method", "pgd"),
            (("--momentum has no effect", "mim"), *model, *data, *eps, "--method", "pgd", "--momentum", "0.5"),
            ("--steps has no effect", *model, *data, *eps, "--method", "fgsm", "--steps", "5"),
            (("--restarts", "in 1"), *model, *data, *eps, "--restarts", "0"),
            ("--steps", *model, *data, *eps, "--steps=-1"),
            ("--limit", *model, *data, *eps, "--limit=-1"),
            ("--threads", *model, *data, *eps, "--threads", "0"),
            (("--certify", "sigma", "above 0"), *model, *data, "--certify", "sigma=0"),
            (("--certify", "sigma", "nan"), *model, *data, "--certify", "sigma=nan"),
            (("--certify", "alpha"), *model, *data, "--certify", "alpha=1"),
            (("--certify", "copies"), *model, *data, "--certify", "copies=0"),
            (("--certify", "'sigmas'", "sigma"), *model, *data, "--certify", "sigmas=1"),
            (("--certify needs NAME=VALUE", "'0.25'"), *model, *data, "--certify", "0.25"),
            (("--data: there is no", "nothing"), *model, *eps, "--data", self.folder / "nothing"),
            ("--speed", *model, *data, *eps, "--speed"),
        ):
            with self.subTest(arguments):
                self.refused(2, wanted, *arguments)

    def test_what_is_wrong_with_files_ends_with_one(self):
        eps = ("--eps", "0.1", "--method", "fgsm")
        table, floats, broken = self.folder / "t.csv", self.folder / "f.npz", self.folder / "broken.png"
        table.write_text("a,b,y\n" + "".join(f"{i},{2 * i},{'ab'[i % 2]}\n" for i in range(40)))
        floats.write_bytes(npz(x=npy("<f4", (20, 3, 8, 8), [i % 7 - 3 for i in range(20 * 192)]),
                               y=npy("<i8", (20,), [i % 5 for i in range(20)])))
        broken.write_bytes(self.photo.read_bytes()[:-40])
        no_classes = self.folder / "one.onnx"
        no_classes.write_bytes(small_network(classes=1))
        for wanted, *arguments in (
            ("nothing.onnx", "--model", self.folder / "nothing.onnx", "--data", self.data),
            (str(self.photo), "--model", self.photo, "--data", self.data),
            ("at least 2 classes", "--model", no_classes, self.photo),
            (("has no images with classes"), "--model", self.onnx, "--data", table),
            (("pixel", "0 … 1"), "--model", self.onnx, "--data", floats),
            (("5 classes, the network 7", "--labels"), "--model", self.seven_classes(), "--data", self.data),
            ("nothing.txt", "--model", self.onnx, "--labels", self.folder / "nothing.txt", self.photo),
        ):
            with self.subTest(arguments):
                self.refused(1, wanted, *eps, *arguments)
        done = self.run_attack(*eps, "--model", self.onnx, broken, self.folder / "nothing.png")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.splitlines()[2], "attack: no photo can be read")

    def seven_classes(self):
        file = self.folder / "seven.onnx"
        file.write_bytes(small_network(classes=7))
        return file


class Attacks(AttackTest):
    def test_accuracies_fall_with_eps_and_the_strongest_is_the_least(self):
        model = self.trained()
        for norm, eps in (("linf", "4/255,0.1,0.5"), ("l2", "0.2,1,6")):
            found = self.found("--model", model, "--data", self.data, "--norm", norm, "--eps", eps, "--limit", "40",
                               "--steps", "10", "--queries", "50")
            self.assertEqual(found["samples"], 40)
            self.assertGreater(found["clean_accuracy"], 0.9)
            self.assertEqual(set(found["methods"]), {"fgsm", "pgd", "mim", "deepfool", "square"} | ({"cw"} if norm == "l2" else set()))
            for curve in [found["robust_accuracy"], *found["methods"].values()]:
                self.assertEqual(curve, sorted(curve, reverse=True))
                self.assertLessEqual(max(curve), found["clean_accuracy"])
            for strongest, *others in zip(found["robust_accuracy"], *found["methods"].values()):
                self.assertLessEqual(strongest, min(others))
            self.assertEqual(found["robust_accuracy"][-1], 0)
            self.assertEqual(len(found["of_each"]), 40)
            self.assertEqual(len(found["sanity"]), 6)

    def test_results_do_not_depend_on_the_threads(self):
        model, outputs = self.trained(), []
        for threads in (1, 2, 4):
            out = self.folder / f"out{threads}"
            self.text("--model", model, "--data", self.data, "--eps", "0.05", "--limit", "30", "--queries", "30", "--steps",
                      "5", "--certify", "copies=200,sigma=0.1", "--threads", threads, "--out", out)
            outputs.append(files_of(out))
        self.assertEqual(set(outputs[0]), {"attack.json", "adversarial.png"})
        self.assertTrue(outputs[0] == outputs[1] == outputs[2])
        width, height = png_size(self.folder / "out1" / "adversarial.png")
        self.assertGreater(width, 9 * 96)
        self.assertGreater(height, 96)

    def test_a_network_of_convolutions_reads_what_it_was_trained_on(self):
        model = self.trained("--model", "cnn")
        text = self.text("--model", model.parent, "--data", self.data, "--eps", "0.02,0.3", "--method", "fgsm,pgd",
                         "--steps", "5", "--restarts", "2", "--limit", "20", "--sanity")
        self.assertRegex(text, r"20 samples of .*data; right without an attack: (9\d|100)\.\d %")
        self.assertRegex(text, r"eps +0.02 +0.3\n")
        self.assertRegex(text, r"strongest +[\d.]+ +[\d.]+\n")
        self.assertIn("ok       gradients are not zero", text)

    def test_photos_have_the_class_that_the_network_sees(self):
        found = self.found("--model", self.onnx, "--eps", "0.3", "--method", "pgd", "--steps", "20", "--pictures", "0", self.photo)
        self.assertEqual((found["samples"], found["clean_accuracy"]), (1, 1))
        self.assertEqual(found["of_each"][0]["photo"], str(self.photo))
        self.assertEqual(found["of_each"][0]["class"], found["of_each"][0]["prediction"])
        broken = self.folder / "broken.png"
        broken.write_bytes(self.photo.read_bytes()[:-40])
        done = self.run_attack("--model", self.onnx, "--eps", "0.3", "--method", "fgsm", self.photo, broken)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1))
        self.assertIn("1 photos", done.stdout)

    def test_certified_radii_are_below_what_an_attack_needs(self):
        model = self.trained()
        found = self.found("--model", model, "--data", self.data, "--certify", "sigma=0.1,copies=1000,selection=50",
                           "--limit", "20", "--norm", "l2", "--eps", "0.1", "--method", "deepfool")
        certified = found["certified"]
        self.assertEqual(certified["certified_accuracy"], sorted(certified["certified_accuracy"], reverse=True))
        self.assertEqual((certified["radii"][0], certified["certified_accuracy"][0]), (0, certified["accuracy"]))
        self.assertGreater(certified["mean_radius"], 0.01)
        self.assertEqual(certified["confidence"], 0.999)
        self.assertEqual(sum(one["smoothed"] is None for one in found["of_each"]), certified["abstained"])


class Classes(AttackTest):
    def test_are_matched_by_name(self):
        folder, labels = self.folder / "pictures", self.folder / "labels.txt"
        for name in ("macaw", "teapot"):
            (folder / name).mkdir(parents=True)
            for i in range(5):
                (folder / name / f"{i}.png").write_bytes(photo(30 + i, 30))
        labels.write_text("Teapot\ngoldfish, Carassius auratus\nara, Macaw\ndaisy\npretzel\n")
        found = self.found("--model", self.onnx, "--labels", labels, "--data", folder, "--eps", "0.1", "--method", "fgsm")
        self.assertEqual({one["class"] for one in found["of_each"]}, {0, 2})
        self.refused(1, "names are not the same", "--model", self.onnx, "--data", folder, "--eps", "0.1", "--method", "fgsm")


class Folder(AttackTest):
    def settings(self, *more):
        return ("--model", self.onnx, "--method", "fgsm", "--eps", "0.3", "--out", self.results, *more, self.photo)

    def test_results_of_another_run_are_kept(self):
        self.text(*self.settings())
        before = files_of(self.results)
        self.text(*self.settings("--threads", "1"))  # the same run
        self.assertEqual(files_of(self.results), before)
        self.refused(1, ("--out", "another run", "--overwrite"), *self.settings("--norm", "l2"))
        self.assertEqual(files_of(self.results), before)
        self.text(*self.settings("--norm", "l2", "--overwrite"))
        self.assertNotEqual(files_of(self.results), before)
        (self.results / "attack.json").write_text("[]")
        self.refused(1, "another run", *self.settings())

    def test_a_folder_that_cannot_be_made_is_named(self):
        self.results.write_text("a file")
        self.refused(1, ("--out", str(self.results)), *self.settings())

    def test_a_run_that_is_interrupted_writes_nothing(self):
        command = [self.attack, *self.settings("--certify", "copies=10000000")]
        error = interrupted(self, command, self.results, lambda: (self.results / "run.lock").exists())
        self.assertFalse((self.results / "attack.json").exists())
        self.assertIn("interrupted", error)


@unittest.skipUnless((SHARED / "models" / "squeezenet1_0.onnx").exists(), "real classifiers are not there")
class RealClassifiers(AttackTest):
    def test_a_photo_is_no_macaw_any_more(self):
        for model in ("squeezenet1_0.onnx", "mobilenet_v2_1.0_224.onnx"):
            found = self.found("--model", SHARED / "models" / model, "--labels", SHARED / "models" / "imagenet_labels.txt",
                               "--eps", "2/255,8/255", "--method", "fgsm,pgd", "--steps", "10", "--out", self.folder / model,
                               SHARED / "photos" / "parrot.jpg")
            self.assertEqual(found["of_each"][0]["prediction"], 88)
            self.assertEqual(found["robust_accuracy"][-1], 0)


if __name__ == "__main__":
    AttackTest.attack, ProgramTest.program = sys.argv[1:3]
    if not RealClassifiers.__dict__.get("__unittest_skip__"):
        print("real classifiers are used from", SHARED)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
