"""Runs of the binary `dream` on a small network, and what they leave."""
import json
import pathlib
import struct
import subprocess
import tempfile
import unittest
import zlib

from support.onnx_file import small_network
from support.progress import without_progress

LABELS = ["teapot", "goldfish, Carassius auratus", "macaw", "daisy", "pretzel"]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, channels, pixel, colour_type):
    """A PNG whose bytes at (x, y) are pixel(x, y), 8 bits a channel."""
    rows = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height))
    assert len(rows) == height * (1 + channels * width)
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def photo(width=40, height=30):
    return png(width, height, 3, lambda x, y: (6 * x % 256, 8 * y % 256, (x * y) % 256), 2)


def png_chunks(file):
    """Kind and data of all chunks."""
    data, at, chunks = file.read_bytes(), 8, []
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        chunks.append((kind, data[at + 8:at + 8 + length]))
        at += 12 + length
    return chunks


def png_text(file):
    """Keyword → text of all tEXt and iTXt chunks."""
    texts = {}
    for kind, body in png_chunks(file):
        if kind == b"tEXt":
            keyword, text = body.split(b"\0", 1)
            texts[keyword.decode()] = text.decode("latin-1")
        if kind == b"iTXt":
            keyword, rest = body.split(b"\0", 1)
            texts[keyword.decode()] = rest[2:].split(b"\0", 2)[2].decode()
    return texts


def png_size(file):
    return struct.unpack(">II", file.read_bytes()[16:24])


def metrics(out):
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def files_of(out):
    """The bytes of all that a run leaves, by name."""
    return {str(f.relative_to(out)): f.read_bytes() for f in sorted(out.rglob("*")) if f.is_file()}


class DreamTest(unittest.TestCase):
    """Runs in a folder of their own, which has a small network, labels and a photo."""
    program = train = ""  # paths

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "out"
        self.model, self.labels, self.photo = (self.folder / n for n in ("net.onnx", "labels.txt", "photo.png"))
        self.model.write_bytes(small_network())
        self.labels.write_text("\n".join(LABELS) + "\n")
        self.photo.write_bytes(photo())

    def run_dream(self, *arguments, model=True, out=True, size="24", steps="6", **more):
        """The small network, 24 × 24 and six steps unless the arguments or None say otherwise."""
        command = [self.program, *map(str, arguments)]
        command += ["--model", str(self.model)] if model else []
        command += ["--out", str(self.out)] if out else []
        command += ["--size", size] if model and size and "--size" not in arguments else []
        command += ["--steps", steps] if model and steps and "--steps" not in arguments else []
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300, **more)

    def good(self, *arguments, **more):
        done = self.run_dream(*arguments, **more)
        self.assertEqual((done.returncode, without_progress(done.stderr)), (0, ""), done)
        return done.stdout

    def again(self, *arguments):
        """A run that takes its settings from elsewhere."""
        return self.good(*arguments, model=False, out=False)

    def bad(self, status, parts, *arguments, **more):
        """The run ends with `status` and one line on standard error that has all the parts."""
        done = self.run_dream(*arguments, **more)
        self.assertEqual(done.returncode, status, done)
        self.assertEqual(without_progress(done.stderr).count("\n"), 1, done.stderr)
        for wanted in [parts] if isinstance(parts, str) else parts:
            self.assertIn(wanted, done.stderr)
