#!/usr/bin/env python3
"""Reads what `train --tensorboard` writes, by the format's rules alone: tensorboard_program.py PATH-OF-TRAIN."""
import struct
import sys
import unittest

from support.train_runs import ProgramTest, metrics


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    while data:
        length, crc = struct.unpack("<QI", data[:12])
        assert crc == masked(data[:8])
        record = data[12:12 + length]
        assert struct.unpack("<I", data[12 + length:16 + length])[0] == masked(record)
        yield record
        data = data[16 + length:]


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def fields(message):
    """Number and value of each field of a protocol buffer."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        if key & 7 == 0:
            value, at = varint(message, at)
        elif key & 7 == 1:
            value, at = struct.unpack("<d", message[at:at + 8])[0], at + 8
        elif key & 7 == 5:
            value, at = struct.unpack("<f", message[at:at + 4])[0], at + 4
        else:
            length, at = varint(message, at)
            value, at = message[at:at + length], at + length
        yield key >> 3, value


def events(folder):
    """(step, tag, Summary.Value) of all files, the oldest first; the steps at which a run went on."""
    values, starts = [], []
    for file in sorted(folder.iterdir(), key=lambda f: f.stat().st_mtime_ns):
        whole = [dict(fields(record)) for record in records(file.read_bytes())]
        assert whole[0][3] == b"brain.Event:2"
        for event in whole[1:]:
            step = event.get(2, 0)
            if 7 in event:
                assert dict(fields(event[7])) == {1: 1}
                starts.append(step)
                continue
            value = dict(fields(dict(fields(event[5]))[1]))
            values.append((step, value[1].decode(), value))
    return values, starts


class TensorBoard(ProgramTest):
    def test_the_crc_is_the_format_s(self):
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)

    def test_numbers_are_those_of_the_metrics(self):
        self.good("--epochs", "2", "--tensorboard", "--quiet")
        values, starts = events(self.out / "tensorboard")
        self.assertEqual(starts, [])
        lines = metrics(self.out)
        steps = [line for line in lines if "step" in line]
        for tag, key in (("train/loss", "loss"), ("train/learning_rate", "learning_rate")):
            found = [(step, value[2]) for step, name, value in values if name == tag]
            self.assertEqual([step for step, _ in found], [line["step"] for line in steps])
            for (_, value), line in zip(found, steps):
                self.assertAlmostEqual(value, line[key], places=6)
        found = [(step, value[2]) for step, name, value in values if name == "test/accuracy"]
        wanted = [line["test_accuracy"] for line in lines if "test_accuracy" in line]
        self.assertEqual([step for step, _ in found], [steps[-1]["step"] // 2, steps[-1]["step"]])
        for (_, value), accuracy in zip(found, wanted):
            self.assertAlmostEqual(value, accuracy, places=6)

    def test_histograms_count_every_weight(self):
        self.good("--epochs", "1", "--tensorboard", "--quiet")
        values, _ = events(self.out / "tensorboard")
        found = {name: dict(fields(value[5])) for _, name, value in values if 5 in value}
        self.assertIn("fc1.weight", found)
        self.assertFalse([name for name in found if name.endswith(".momentum")])
        histogram = found["fc1.weight"]
        least, most, count, total, squares = (histogram[i] for i in range(1, 6))
        self.assertEqual(count, 16 * 64)
        limits, buckets = (struct.unpack(f"<{len(histogram[i]) // 8}d", histogram[i]) for i in (6, 7))
        self.assertEqual(len(limits), len(buckets))
        self.assertEqual(sum(buckets), count)
        self.assertEqual(list(limits), sorted(limits))
        self.assertLess(least, most)
        self.assertGreater(squares, total * total / count)
        used = [i for i, n in enumerate(buckets) if n]
        self.assertGreater(limits[used[0]], least)
        self.assertLess(limits[used[-1] - 1], most)

    def test_a_run_that_goes_on_says_so_and_one_that_replaces_it_begins_anew(self):
        self.good("--epochs", "2", "--tensorboard", "--limit-steps", "3", "--quiet")
        self.good("--resume", "--tensorboard", "--quiet", data=False)
        folder = self.out / "tensorboard"
        values, starts = events(folder)
        self.assertEqual(starts, [4])
        self.assertEqual([step for step, name, _ in values if name == "train/loss"], [1, 2, 3, 4, 5, 6])
        self.assertEqual(len(list(folder.iterdir())), 2)
        (folder / "notes.txt").write_text("mine")
        self.good("--epochs", "1", "--tensorboard", "--overwrite", "--quiet")
        self.assertEqual(len(list(folder.iterdir())), 2)
        self.assertTrue((folder / "notes.txt").exists())

    def test_images_of_the_watch_are_shown(self):
        self.good("--epochs", "2", "--tensorboard", "--watch", "classes", "--watch-every", "2", "--watch-steps", "2", "--quiet")
        values, _ = events(self.out / "tensorboard")
        images = [(step, name, dict(fields(value[4]))) for step, name, value in values if 4 in value]
        self.assertEqual({name for _, name, _ in images}, {f"watch/class_{c}" for c in range(5)})
        for _, _, image in images:
            self.assertEqual((image[1], image[2], image[3]), (8, 8, 3))
            self.assertEqual(image[4][:8], b"\x89PNG\r\n\x1a\n")

    def test_without_the_flag_there_is_nothing(self):
        self.good("--epochs", "1", "--quiet")
        self.assertFalse((self.out / "tensorboard").exists())

    def test_a_folder_that_cannot_be_made_is_said_before_the_first_step(self):
        self.out.mkdir()
        (self.out / "tensorboard").write_text("a file")
        self.bad(1, "[tensorboard] cannot make the folder", "--epochs", "1", "--tensorboard", "--quiet")
        self.assertFalse((self.out / "metrics.jsonl").exists())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    ProgramTest.program = sys.argv.pop(1)
    unittest.main()
