#!/usr/bin/env python3
"""Trains on arrays of NumPy, and predicts: arrays_program.py PATH-OF-TRAIN PATH-OF-PREDICT PATH-OF-CLASSIFY."""
import csv
import io
import pathlib
import random
import subprocess
import sys
import unittest

from support.arrays import npy, npz
from support.dream_runs import png
from support.train_runs import ProgramTest, metrics, part, sha256

PROGRAMS = {}


def bright_rows(count, seed=1):
    """Images of 8 × 8 in five classes as pixels and labels: a bright row says the class."""
    images, labels = part(count, seed)
    return images[16:], labels[8:]


def features(count, seed=1):
    noise = random.Random(seed)
    return [[noise.gauss(0, 1), noise.uniform(0, 50), noise.gauss(9, 3)] for _ in range(count)]


def numbers(rows):
    return [3 * a - 0.5 * b + 100 for a, b, _ in rows]


class Arrays(ProgramTest):
    def setUp(self):
        super().setUp()
        self.npz = self.folder / "data.npz"

    def train(self, *arguments, out="out", data=None, status=0, epochs=6):
        command = [self.program, "--data", data or self.npz, "--batch", 16, "--epochs", epochs, "--out", self.folder / out, *arguments]
        return self.ended(command, status)

    def write_features(self, packed=False):
        rows = features(200)
        self.npz.write_bytes(npz(packed, x=npy("<f8", [200, 3], sum(rows, [])), y=npy("<f4", [200, 1], numbers(rows))))

    def test_images_of_bytes_and_floats(self):
        pixels, labels = bright_rows(300)
        for kind, values in (("|u1", pixels), ("<f4", [p / 255 for p in pixels])):
            for shape in ([300, 8, 8], [300, 1, 8, 8]):
                self.npz.write_bytes(npz(x=npy(kind, shape, values), y=npy("<i8", [300], labels)))
                done = self.train("--overwrite")
                self.assertIn("240 images of 1 × 8 × 8 in 5 classes, 60 to test (arrays)", done.stdout)
                self.assertGreater(metrics(self.out)[-1]["test_accuracy"], 0.95)
        photo = self.folder / "photo.png"
        photo.write_bytes(png(8, 8, 1, lambda x, y: [200 if y == 3 else 60], 0))
        done = subprocess.run([PROGRAMS["classify"], "--model", self.out / "model.safetensors", photo], capture_output=True, text=True)
        self.assertRegex(done.stdout.splitlines()[1], r"%\s+2$")
        self.train("--model", "cnn", out="cnn")

    def test_a_folder_with_a_test_set_in_fortrans_order(self):
        rows = features(200)
        folder = self.folder / "arrays"
        folder.mkdir()
        (folder / "x.npy").write_bytes(npy("<f4", [200, 3], [row[c] for c in range(3) for row in rows], fortran=True))
        (folder / "y.npy").write_bytes(npy("<f8", [200], numbers(rows)))
        test = features(50, 2)
        (folder / "x_test.npy").write_bytes(npy("<f4", [50, 3], sum(test, [])))
        (folder / "y_test.npy").write_bytes(npy("<f8", [50], numbers(test)))
        done = self.train(data=folder, epochs=20)
        self.assertIn("200 rows of 3 features with a number to predict, 50 to test (arrays)", done.stdout)
        self.assertGreater(metrics(self.out)[-1]["test_r2"], 0.98)

    def test_bits_do_not_depend_on_threads_packing_or_interruption(self):
        self.write_features()
        self.train("--threads", 1)
        wanted = sha256(self.out / "model.safetensors")
        self.write_features(packed=True)
        self.train("--threads", 4, out="four")
        self.assertEqual(sha256(self.folder / "four" / "model.safetensors"), wanted)
        self.train("--limit-steps", 13, out="cut")
        subprocess.run([self.program, "--resume", "--out", self.folder / "cut"], check=True, capture_output=True)
        self.assertEqual(sha256(self.folder / "cut" / "model.safetensors"), wanted)
        again = self.run_train("--eval-only", data=False, hidden=None)
        self.assertIn(f"R² {metrics(self.out)[-1]['test_r2']:.4f}", again.stdout, again)

    def test_images_can_have_numbers_to_predict(self):
        pixels = [(7 * i + 3 * p) % 50 + 4 * i for i in range(40) for p in range(16)]
        for kind, code in (("bytes", "|u1"), ("floats", "<f4")):
            x, y = npy(code, [40, 4, 4], pixels), npy("<f8", [40], [100.5 + 2 * i for i in range(40)])
            self.npz.write_bytes(npz(x=x, y=y))
            done = self.train(epochs=60, out=kind)
            self.assertIn("32 images of 1 × 4 × 4 with a number to predict, 8 to test (arrays)", done.stdout)
            self.assertGreater(metrics(self.folder / kind)[-1]["test_r2"], 0.8, kind)

    def test_predict_reads_arrays_and_tables(self):
        self.write_features()
        self.train(epochs=20)
        rows = features(30, 7)
        array, table = self.folder / "new.npy", self.folder / "new.csv"
        array.write_bytes(npy("<f8", [30, 3], sum(rows, [])))
        table.write_text("x2,x0,x1\n" + "".join(f"{c!r},{a!r},{b!r}\n" for a, b, c in rows))
        outputs = [subprocess.run([PROGRAMS["predict"], "--model", self.out, file], capture_output=True, text=True, check=True).stdout
                   for file in (array, table)]
        self.assertEqual(outputs[0], outputs[1])
        answers = [float(row["prediction"]) for row in csv.DictReader(io.StringIO(outputs[0]))]
        self.assertLess(sum(abs(a - w) for a, w in zip(answers, numbers(rows))) / 30, 2)
        array.write_bytes(npy("<f8", [30, 2], [0] * 60))
        done = subprocess.run([PROGRAMS["predict"], "--model", self.out, array], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1))
        self.assertIn("has the shape [30, 2], the network reads [N, 3]", done.stderr)

    def test_mistakes_are_refused(self):
        refused = self.train_refuses

        y = npy("<i8", [6], [0, 1] * 3)
        x = npy("<f4", [6, 2], range(12))
        images = npy("|u1", [6, 2, 2], range(24))
        for sentence, content in {
            "has no array 'x'; expected x and y": npz(y=y),
            "has no array 'y'; expected x and y": npz(x=x),
            "has no array 'x_test'": npz(x=x, y=y, y_test=y),
            "(Python objects, which are not read)": npz(x=npy("|O", [6, 2], b"pickle"), y=y),
            "elements of type '<U3'": npz(x=x, y=npy("<U3", [6], bytes(72))),
            "elements of type '>f4'": npz(x=npy(">f4", [6, 2], bytes(48)), y=y),
            "(y.npy) is truncated: its shape [6] needs 48 bytes": npz(x=x, y=npy("<i8", [6], [0, 1] * 3)[:-8]),
            "(y.npy) is too long": npz(x=x, y=y + b"\0"),
            "(x.npy) is empty": npz(x=b"", y=y),
            "(x.npy) is no array of NumPy": npz(x=b"text, nothing else", y=y),
            "expected images [N, C, H, W] or [N, H, W], or features": npz(x=npy("<f4", [6], range(6)), y=y),
            "[6, 2], expected [N] or [N, 1]": npz(x=x, y=npy("<i8", [6, 2], [0, 1] * 6)),
            "has 6 samples": npz(x=x, y=npy("<i8", [5], [0, 1, 0, 1, 0])),
            "has no numbers: its shape is [0, 2]": npz(x=npy("<f4", [0, 2], []), y=npy("<i8", [0], [])),
            "np.moveaxis(x, -1, 1) moves them there": npz(x=npy("|u1", [6, 2, 2, 3], range(72)), y=y),
            "has one class, 0": npz(x=images, y=npy("<i8", [6], [0] * 6)),
            "element 2 is nan": npz(x=x, y=npy("<f4", [6], [0, 1, float("nan"), 1, 0, 1])),
            "the training classes go from 0 to 1": npz(x=images, y=y, x_test=images, y_test=npy("<i8", [6], [0, 1, 2] * 2)),
            "which the training samples have not": npz(x=x, y=y, x_test=x, y_test=npy("<i8", [6], [0, 1, 2] * 2)),
            "says its shape is": npz(x=npy("<f4", [1 << 40, 1 << 20], []), y=y),
            "cannot read the archive": npz(x=x, y=y)[:-30],
        }.items():
            with self.subTest(sentence):
                self.npz.write_bytes(content)
                refused(1, sentence)
        self.npz.write_bytes(npz(x=x, y=y))
        refused(2, "--target is for tables, but", "--target", "y")
        refused(2, "--ignore is for tables, but", "--ignore", "x0")
        refused(2, "--grey is for pictures, but", "--grey")
        refused(2, "--model cnn reads images", "--model", "cnn")
        one = self.folder / "x.npy"
        one.write_bytes(x)
        refused(1, "is one array; name the folder that has x.npy and y.npy", data=one)


if __name__ == "__main__":
    ProgramTest.program, PROGRAMS["predict"], PROGRAMS["classify"] = (str(pathlib.Path(p).resolve()) for p in sys.argv[1:4])
    unittest.main(argv=sys.argv[:1])
