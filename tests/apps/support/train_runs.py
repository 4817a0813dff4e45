"""Small data for the binary `train`, its runs, and what they leave."""
import gzip
import hashlib
import json
import pathlib
import random
import struct
import subprocess
import tempfile
import unittest

from support.progress import without_progress


def idx(shape, data):
    """The bytes of an IDX file."""
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape) + bytes(data)


def part(count, seed):
    """Images of 8 × 8 in five classes: noise, and a bright row that says the class. As (images, labels)."""
    noise = random.Random(seed)
    labels = [i % 5 for i in range(count)]
    pixels = [noise.randrange(120) + (100 if p // 8 == label + 1 else 0) for label in labels for p in range(64)]
    return idx([count, 8, 8], pixels), idx([count], labels)


def write_data(folder, train=300, test=100):
    """Training images as gzip, the others plain."""
    folder.mkdir()
    images, labels = part(train, 1)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
    (folder / "train-labels-idx1-ubyte").write_bytes(labels)
    images, labels = part(test, 2)
    (folder / "t10k-images-idx3-ubyte").write_bytes(images)
    (folder / "t10k-labels-idx1-ubyte").write_bytes(labels)


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def metrics(out):
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def without_rates(out):
    """All of metrics.jsonl but the speed, which no two runs share."""
    return [{k: v for k, v in line.items() if k != "samples_per_s"} for line in metrics(out)]


def tensors(file):
    """Names and bytes of a safetensors file."""
    whole = file.read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    header = json.loads(whole[8:8 + length])
    header.pop("__metadata__")
    return {name: whole[8 + length:][slice(*entry["data_offsets"])] for name, entry in header.items()}


class ProgramTest(unittest.TestCase):
    """One run or several in a folder of their own, which has small data."""
    program = ""  # the path of train

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.data = self.folder / "data"
        self.out = self.folder / "out"
        write_data(self.data)

    def run_train(self, *arguments, data=True, out=True, hidden="16", **more):
        command = [self.program, *map(str, arguments)]
        command += ["--data", str(self.data)] if data else []
        command += ["--out", str(self.out)] if out else []
        takes_hidden = hidden and not {"--resume", "cnn", "allconv"} & {str(a) for a in arguments}
        command += ["--hidden", hidden] if takes_hidden else []
        return subprocess.run(command, capture_output=True, text=True, timeout=120, **more)

    def ended(self, command, status=0):
        """What the command left, which has to end so."""
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, status, done)
        return done

    def train_refuses(self, status, sentence, *arguments, **more):
        """The test's train() says this in one line, and makes no folder."""
        done = self.train(*arguments, status=status, out="none", **more)
        self.assertIn(sentence, done.stderr)
        self.assertEqual(len(without_progress(done.stderr).strip().splitlines()), 1, done.stderr)
        self.assertFalse((self.folder / "none").exists())

    def good(self, *arguments, **more):
        done = self.run_train(*arguments, **more)
        self.assertEqual((done.returncode, without_progress(done.stderr)), (0, ""), done)
        return done.stdout

    def bad(self, status, part_of_sentence, *arguments, **more):
        """The run ends with `status` and one line on standard error that has all the parts."""
        done = self.run_train(*arguments, **more)
        self.assertEqual(done.returncode, status, done)
        self.assertEqual(without_progress(done.stderr).count("\n"), 1, done.stderr)
        parts = [part_of_sentence] if isinstance(part_of_sentence, str) else part_of_sentence
        for wanted in parts:
            self.assertIn(wanted, done.stderr)
