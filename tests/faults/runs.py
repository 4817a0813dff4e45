"""Small runs of train, dream and a list of jobs, and what they leave."""
import json
import pathlib
import struct
import subprocess
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from support.dream_runs import png  # noqa: E402
from support.onnx_file import small_network  # noqa: E402
from support.train_runs import sha256, without_rates, write_data  # noqa: E402

# What a run leaves for people and for itself, not a result.
NO_RESULTS = {"run.lock", "checkpoint.previous.safetensors"}


class Run:
    """A command, and the one that goes on with it."""

    def __init__(self, name, command, resume, begun):
        self.name, self.command, self.resume, self.begun = name, list(map(str, command)), list(map(str, resume)), begun

    def next_command(self, out):
        """Goes on where there is something to go on with."""
        goes_on = self.begun is None or (out / self.begun).exists()
        return (self.resume if goes_on else self.command) + ["--out", str(out)]


def small_runs(train, dream, folder, scale=1):
    """train, dream and a list of jobs in `folder`; `scale` times as long."""
    data, model, jobs = folder / "data", folder / "net.onnx", folder / "jobs.json"
    write_data(data, 96, 48)
    model.write_bytes(small_network())
    settings = {"model": "mlp", "hidden": [8], "epochs": 2 * scale, "batch": 48, "data": str(data)}
    jobs.write_text(json.dumps({"jobs": [
        {"name": "a", "kind": "train", "settings": settings},
        {"name": "score", "kind": "evaluate", "model": "a"},
        {"name": "images", "kind": "dream", "model": "a", "objectives": ["class:1"], "options": {"steps": 2 * scale}}]}))
    train_flags = ["--data", data, "--hidden", "8", "--epochs", 3 * scale, "--batch", "32", "--checkpoint-every", "2",
                   "--quiet"]
    dream_flags = ["--model", model, "--target", "class:1", "--size", "16", "--steps", 3 * scale, "--preset", "homework",
                   "--octaves", "2", "--every", "2"]
    common = ["--state-every", "0" if scale == 1 else "0.05", "--threads", "2", "--quiet"]
    return [Run("train", [train, *train_flags], [train, "--resume", "--quiet"], "checkpoint.safetensors"),
            Run("dream", [dream, *dream_flags, *common], [dream, "--resume", "--every", "2", *common], "run.json"),
            Run("jobs", [train, "--jobs", jobs, "--quiet"], [train, "--jobs", jobs, "--quiet"], None)]


def picture_run(train, folder, scale):
    """Pictures that are decoded again for each epoch, augmented, some of them to validate with."""
    data = folder / "photos"
    for name, colour in (("red", (200, 60, 60)), ("blue", (60, 60, 200))):
        (data / name).mkdir(parents=True)
        for i in range(30):
            (data / name / f"{i}.png").write_bytes(png(20, 16, 3, lambda x, y: [(c + x * y * i) % 256 for c in colour], 2))
    flags = ["--data", data, "--image-size", "12", "--cache", "0", "--augment", "flip,shift:2", "--val", "0.2", "--hidden", "8",
             "--epochs", 2 * scale, "--batch", "16", "--checkpoint-every", "1", "--quiet"]
    return Run("pictures", [train, *flags], [train, "--resume", "--cache", "0", "--quiet"], "checkpoint.safetensors")


def done(command, **more):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=120, **more)


def results(out):
    """Name → content of all results, but for the speed, which no two runs share."""
    files = {}
    for file in sorted(f for f in out.rglob("*") if f.is_file() and f.name not in NO_RESULTS):
        if file.name == "metrics.jsonl" and (file.parent / "plan.dot").exists():
            files[str(file.relative_to(out))] = without_rates(file.parent)
        elif file.suffix != ".svg":  # graphviz is another program
            files[str(file.relative_to(out))] = sha256(file)
    return files


def check_safetensors(file):
    """Its header, and the CRC-32 of each tensor and of the texts."""
    content = file.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header, data = json.loads(content[8:8 + length]), content[8 + length:]
    texts = header.pop("__metadata__")
    sums = json.loads(texts.pop("backflow.crc32"))
    for name, info in header.items():
        begin, end = info["data_offsets"]
        assert zlib.crc32(data[begin:end]) == sums[name], f"{file}: {name}"
    text = json.dumps(texts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert zlib.crc32(text.encode()) == sums["__metadata__"], f"{file}: metadata"


def check_png(file):
    content, at = file.read_bytes(), 8
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at:at + 8])
        crc = struct.unpack(">I", content[at + 8 + length:at + 12 + length])[0]
        assert zlib.crc32(content[at + 4:at + 8 + length]) == crc, file
        at += 12 + length
    assert kind == b"IEND", file


def check_whole(out):
    """Every file that is there under its own name can be read."""
    for file in out.rglob("*"):
        if file.suffix == ".safetensors":
            check_safetensors(file)
        elif file.suffix == ".png":
            check_png(file)
        elif file.suffix == ".json":
            json.loads(file.read_text())
