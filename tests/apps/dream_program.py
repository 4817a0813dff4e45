#!/usr/bin/env python3
"""Runs the binary `dream` on a small network and looks at all it leaves: dream_program.py PATH-OF-DREAM PATH-OF-TRAIN.

Ends with 77, for ctest's "skipped", if all is well but the models that are not part of the project are not there."""
import base64
import html.parser
import json
import os
import pathlib
import re
import resource
import signal
import struct
import subprocess
import sys
import unittest

from support.dream_runs import LABELS, DreamTest, chunk, files_of, metrics, photo, png, png_chunks, png_size, png_text
from support.interrupt import interrupted, lines
from support.onnx_file import small_network
from support.terminal import seen_on_a_terminal
from support.train_runs import write_data

SHARED = pathlib.Path(os.environ.get("BACKFLOW_SHARED", pathlib.Path(__file__).parents[3] / "shared"))
FLAGS = ("--model --arch --labels --target --objective --preset --size --steps --octaves --octave-scale --seed "
         "--precision --start --lr --jitter --blur --grad-blur --decay --clip --tv --no-clamp --threads --out --grid "
         "--animation --every --judge --resume --list-layers --quiet --version --log-level --log-file --help --again "
         "--guide --mask --set --limit-steps --tile --max-memory --memory-report --levels --standardize --report").split()
METRICS = ["target", "step", "objective", "probability", "learning_rate", "width", "height"]


class Page(html.parser.HTMLParser):
    """What is in a report; `open` are the elements that were not closed in their order."""
    def __init__(self, text):
        super().__init__()
        self.open, self.images, self.curves, self.settings = [], [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "img", "br", "polyline"):
            self.open.append(tag)
        {"img": self.images, "polyline": self.curves}.get(tag, []).append(dict(attrs))

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] == "pre":
            self.settings += data


class Usage(DreamTest):
    def test_help_names_every_flag(self):
        text = self.again("--help")
        for flag in FLAGS:
            self.assertIn(flag, text)

    def test_wrong_usage_ends_with_two(self):
        for wanted, *arguments in (
            ("--speed", "--speed", "3"),
            ("--target", ),
            ("'dali'", "--preset", "dali"),
            ("--size", "--size", "0"),
            ("--size", "--size", "-5"),
            ("--size", "--size", "24x"),
            ("--size", "--size", "1e9"),
            ("--size", "--size", "99999"),
            ("--steps", "--steps", "0"),
            ("--steps", "--steps", "many"),
            ("--steps", "--steps", "1.5"),
            ("--octaves", "--octaves", "0", "--preset", "homework"),
            ("precision", "--precision", "f16"),
            ("--octave-scale", "--octave-scale", "0.5"),
            ("--octave-scale", "--octave-scale", "nan"),
            ("--seed", "--seed", "-1"),
            ("--seed", "--seed", "x"),
            ("--lr", "--lr", "-1"),
            ("--lr", "--lr", "inf"),
            ("--lr", "--lr", "1,2,3"),
            ("--lr", "--lr", ""),
            ("--jitter", "--jitter", "-3"),
            ("--jitter", "--jitter", "2.5"),
            ("--blur", "--blur", "-1", "--preset", "homework"),
            ("--blur", "--blur", "1,2,3,4"),
            ("--grad-blur", "--grad-blur", "many"),
            ("--decay", "--decay", "2"),
            ("--clip", "--clip", "-1"),
            ("--tv", "--tv", "nan"),
            ("--scales", "--scales", "0"),
            ("'lbfgs'", "--optimizer", "lbfgs"),
            ("'oil'", "--parameterization", "oil"),
            ("did you mean", "--set", "jiter=3"),
            ("NAME=VALUE", "--set", "jitter"),
            ("--threads", "--threads", "0"),
            ("--threads", "--threads", "99999"),
            ("--every", "--every", "0"),
            ("--max-memory", "--max-memory", "0"),
            ("--max-memory", "--max-memory", "-1M"),
            ("--max-memory", "--max-memory", "much"),
            ("--levels", "--levels", "0"),
            ("sizes at once", "--parameterization", "pyramid", "--octaves", "3"),
            ("--limit-steps", "--limit-steps", "0"),
            ("'film.avi'", "--animation", "film.avi"),
            ("'sheet.webp'", "--grid", "sheet.webp"),
            ("16384 × 16384", "--size", "16384"),
            ("4096 pixels a side", "--size", "4097x8"),
            ("--resume", "--resume", "--again", "x.png"),
            ("--resume", "--resume"),  # beside --model
        ):
            with self.subTest(arguments):
                target = ("--target", "class:1") if arguments else ()
                self.bad(2, wanted, *target, *arguments)
        with self.subTest("no model"):
            self.bad(2, "--model", "--target", "class:1", model=False)
        self.assertFalse(self.out.exists())


    def test_settings_can_be_seen_before_a_run(self):
        text = self.again("--show-settings", "--preset", "homework", "--jitter", "9", "--size", "64x32")
        for line in ("width                64", "height               32", "jitter               9", "normalize            rms"):
            self.assertIn(line, text)
        self.assertFalse(self.out.exists())

    def test_settings_are_those_of_the_size_that_the_network_reads(self):
        write_data(self.folder / "data")
        subprocess.run([self.train, "--data", str(self.folder / "data"), "--hidden", "8", "--limit-steps", "1", "--out",
                        str(self.folder / "m"), "--quiet"], check=True, timeout=120)
        model = ("--model", self.folder / "m/model.safetensors", "--preset", "quality")
        shown = self.again("--show-settings", *model)
        self.assertRegex(shown, r"width +8\nheight +8\n")
        self.assertEqual(shown, self.again("--show-settings", *model, "--size", "8"))
        self.good(*model, "--target", "class:1", "--steps", "2", model=False)
        made = json.loads(png_text(self.out / "class_1.png")["dream"])["options"]
        self.assertEqual(self.shown_as_json(shown, "jitter"), made["jitter"])
        self.assertRegex(self.again("--show-settings", "--start", self.photo, "--model", self.model), r"width +40\nheight +30\n")
        done = self.run_dream("--show-settings", model=False, out=False)
        self.assertRegex(done.stdout, r"width +224\n")
        self.assertIn("without --model", done.stderr)

    def shown_as_json(self, text, name):
        return json.loads(re.search(rf"(?m)^{name} +(.*)$", text)[1])


class Targets(DreamTest):
    def test_that_the_network_does_not_have(self):
        for parts, *arguments in (
            (("class", "'maccaw'", "'macaw'"), "--target", "class:maccaw", "--labels", self.labels),
            (("class 5", "0 … 4"), "--target", "class:5"),
            (("'macaw'", "labels"), "--target", "class:macaw"),
            (("layer", "'conf2'", "'conv2'"), "--target", "layer:conf2"),
            (("conv2", "0 … 15", "16"), "--target", "layer:conv2:16"),
            (("conv2",), "--target", "layer:conv2:3:99,0"),
            (("colour:red",), "--target", "colour:red"),
            (("--guide",), "--target", "caricature:conv2"),
            (("--objective", "layer 'conf2'"), "--objective", "class:1 + layer:conf2"),
            (("'1x'", "no number"), "--target", "class:1x"),
            (("'1.5'", "no number"), "--target", "class:1.5"),
            (("there is no class '0x1'",), "--target", "class:0x1", "--labels", self.labels),
            (("there is no class '1,class:2'",), "--target", "class:1,class:2", "--labels", self.labels),
        ):
            with self.subTest(arguments):
                self.bad(2, parts, *arguments)
        self.assertFalse(self.out.exists())

    def test_a_word_of_one_label_names_its_class_and_one_of_several_lists_them(self):
        self.labels.write_text("tabby, tabby cat\ntiger cat\ncatamaran\ndaisy\nEgyptian cat\n")
        self.good("--target", "class:egyptian", "--labels", self.labels, steps="1")
        self.assertTrue((self.out / "class_4.png").exists())
        self.bad(2, "'cat' is a word of 3 labels: tabby, tabby cat (0); tiger cat (1); Egyptian cat (4): give", "--target",
                 "class:cat", "--labels", self.labels)

    def test_a_channel_before_its_relu_gets_a_hint(self):
        self.assertIn("hint: channels of conv1 are taken before its ReLU", self.good("--target", "layer:conv1:3", steps="1"))
        for target in ("layer:relu1:3", "layer:conv1", "layer:logits:1", "class:1"):
            self.assertNotIn("hint", self.good("--target", target, steps="1"))

    def test_labels_of_another_number(self):
        self.labels.write_text("\n".join(LABELS[:4]))
        self.bad(1, (str(self.labels), "4 labels", "5 classes"), "--target", "class:1", "--labels", self.labels)
        self.labels.write_text("")
        self.bad(1, str(self.labels), "--target", "class:1", "--labels", self.labels)
        self.bad(1, "nowhere.txt", "--target", "class:1", "--labels", self.folder / "nowhere.txt")

    def test_classes_by_name_and_by_number_are_one(self):
        text = self.good("--target", "class:MACAW", "--target", "class:2", "--target", "class:carassius_auratus",
                         "--labels", self.labels)
        self.assertIn("2 images", text)
        self.assertEqual({f.name for f in self.out.glob("*.png")}, {"class_2.png", "class_1.png"})

    def test_a_layer_a_channel_a_place_and_a_sum(self):
        self.good("--target", "layer:relu1", "--target", "layer:conv2:3", "--target", "layer:conv2:3:2,1", "--objective",
                  "class:1 - 0.5*layer:conv1:0")
        names = {"layer_relu1.png", "layer_conv2_3.png", "neuron_conv2_3_2_1.png", "class_1_-_0.5_layer_conv1_0.png"}
        self.assertEqual({f.name for f in self.out.glob("*.png")}, names)

    def test_a_whole_layer_becomes_a_contact_sheet(self):
        self.good("--target", "layer:conv1:*", steps="2")
        self.assertEqual(len(list(self.out.glob("layer_conv1_?.png"))), 8)
        width, height = png_size(self.out / "contact_sheet.png")
        self.assertEqual((width, height), (8 + 3 * (144 + 8), 8 + 3 * (144 + 13 + 8)))  # 24 pixels, six times as large
        first = (self.out / "contact_sheet.png").read_bytes()
        self.assertEqual(png_text(self.out / "contact_sheet.png")["Targets"].split(), [f"layer:conv1:{c}" for c in range(8)])
        self.good("--target", "layer:conv2:1-2", steps="2")
        self.good("--target", "layer:conv2:1-2", "--seed", "2", steps="2")  # takes the place of its own sheet
        self.good("--target", "layer:conv2:3-4", "--limit-steps", "1", steps="2")
        half = (self.out / "contact_sheet-3.png").read_bytes()
        self.assertEqual((self.out / "contact_sheet.png").read_bytes(), first)
        self.again("--resume", "--out", self.out)
        self.assertNotEqual((self.out / "contact_sheet-3.png").read_bytes(), half)
        self.assertEqual(len(list(self.out.glob("contact_sheet*.png"))), 3)
        self.good("--target", "layer:conv1:2-4", "--grid", self.folder / "sheet.png", steps="2")
        self.assertEqual(png_size(self.folder / "sheet.png"), (8 + 2 * (144 + 8), 8 + 2 * (144 + 13 + 8)))

    def test_every_class(self):
        self.good("--target", "class:*", steps="2")
        self.assertEqual(len(list(self.out.glob("class_?.png"))), 5)
        self.assertTrue((self.out / "contact_sheet.png").exists())

    def test_every_layer(self):
        text = self.good("--target", "layer:*", steps="1")
        self.assertIn("6 images" if "pooled" not in text else "7 images", text)

    def test_list_layers_says_names_and_shapes(self):
        text = self.good("--list-layers")
        for line in ("layer:conv1   8 × 11 × 11", "layer:conv2   16 × 10 × 10", "layer:logits  5", "class:0 … class:4"):
            self.assertIn(line, text)
        self.assertFalse(self.out.exists())


class Models(DreamTest):
    def test_that_are_missing_or_something_else(self):
        for content in (None, b"", b"hello", os.urandom(5000), photo()):
            self.model.unlink()
            if content is not None:
                self.model.write_bytes(content)
            self.bad(1, str(self.model), "--target", "class:1")
            self.model.touch()

    def test_with_ops_that_are_not_supported_are_refused_with_their_names(self):
        self.model.write_bytes(small_network(first_op="LSTM"))
        self.bad(1, (str(self.model), "LSTM"), "--target", "class:1")

    def test_cut_short_anywhere(self):
        whole = small_network()
        for length in [*range(0, 200, 23), len(whole) // 2, len(whole) - 1]:
            self.model.write_bytes(whole[:length])
            with self.subTest(length):
                self.bad(1, str(self.model), "--target", "class:1")

    def test_damaged_anywhere_never_crash(self):
        whole = bytearray(small_network())
        for at in range(0, 400, 7):
            damaged = whole.copy()
            damaged[at] ^= 0xff
            self.model.write_bytes(damaged)
            with self.subTest(at):
                done = self.run_dream("--target", "class:1", "--target", "layer:conv2", steps="1")
                self.assertIn(done.returncode, (0, 1, 2), done)  # 2: the target is no longer in the model
                self.assertLessEqual(done.stderr.count("\n"), 2, done.stderr)

    def test_images_too_small_are_told_the_smallest_that_works(self):
        self.bad(2, ("4 × 4", "5 × 5"), "--target", "class:1", "--size", "4")
        self.bad(1, ("2 × 2", "it takes 5 × 5", "18 × 18 is the smallest"), "--target", "class:1", "--size", "8", "--preset", "homework", "--octaves", "3",
                 "--octave-scale", "2", "--set", "scales=1")
        self.assertFalse(self.out.exists())

    def test_an_objective_that_is_not_a_number_is_said(self):
        self.model.write_bytes(small_network(scale=1e18))
        self.bad(1, ("class:1", "NaN"), "--target", "class:1")
        self.assertFalse((self.out / "class_1.png").exists())

    def test_that_train_made(self):
        write_data(self.folder / "data")
        for arch in ("mlp", "cnn", "allconv"):
            trained = self.folder / arch
            subprocess.run([self.train, "--model", arch, "--data", str(self.folder / "data"), "--epochs", "2", "--batch",
                            "20", "--out", str(trained), "--quiet"], check=True, timeout=120)
            model = trained / "model.safetensors"
            self.good("--model", model, "--target", "class:3", "--preset", "naive", "--steps", "60", "--lr", "0.05",
                      model=False)
            self.assertEqual(png_size(self.out / "class_3.png"), (8, 8))
            objectives = [line["objective"] for line in metrics(self.out)]
            self.assertGreater(objectives[-1], objectives[0])
            own = json.loads((self.out / "summary.json").read_text())[0]["own"]["probability"]
            if arch != "allconv":  # which learns little in two epochs: its logits are means over places
                self.assertGreater(own, 0.5)


class Photos(DreamTest):
    def refused(self, content, *parts):
        self.photo.write_bytes(content)
        self.bad(1, (str(self.photo), *parts), "--target", "layer:conv2", "--start", self.photo)
        self.assertFalse(self.out.exists())

    def test_broken(self):
        self.refused(b"", "no PNG, JPEG, WebP or GIF")
        self.refused(b"GIF89a" + bytes(50), "GIF")
        self.refused(b"RIFF    WEBP" + bytes(50), "WebP file is broken")
        self.refused(b"BM" + bytes(50), "no PNG, JPEG, WebP or GIF")
        self.refused(photo()[:300])
        self.refused(photo().replace(b"IDAT", b"IDOT"))
        self.refused(b"\xff\xd8\xff\xe0" + bytes(100))
        self.photo.unlink()
        self.bad(1, str(self.photo), "--target", "layer:conv2", "--start", self.photo)

    def test_that_claim_to_be_huge(self):
        whole = photo()
        header = struct.pack(">IIBBBBB", 1 << 30, 1 << 30, 8, 2, 0, 0, 0)
        from support.dream_runs import chunk
        self.refused(whole[:8] + chunk(b"IHDR", header) + whole[33:])

    def test_grey_and_transparent_ones_become_colour_over_white(self):
        grey = png(20, 16, 1, lambda x, y: (12 * x,), 0)
        alpha = png(20, 16, 4, lambda x, y: (12 * x, 12 * x, 12 * x, 255 if y < 20 else 0), 6)
        clear = png(20, 16, 4, lambda x, y: (0, 0, 0, 0), 6)
        results = []
        for content in (grey, alpha, clear):
            self.photo.write_bytes(content)
            self.good("--target", "layer:conv2", "--start", self.photo, "--octaves", "1", "--lr", "0", size=None, steps="1")
            self.assertEqual(png_size(self.out / "layer_conv2.png"), (20, 16))
            results.append((self.out / "layer_conv2.png").read_bytes().split(b"IDAT")[1])
        self.assertEqual(results[0], results[1])
        self.assertNotEqual(results[0], results[2])

    def test_keep_their_proportions(self):
        for size, wanted in ((None, (40, 30)), ("15", (20, 15)), ("26x24", (26, 24))):
            self.good("--target", "layer:conv2", "--start", self.photo, "--octaves", "1", size=size, steps="1")
            self.assertEqual(png_size(self.out / "layer_conv2.png"), wanted)

    def test_a_guide_and_a_mask(self):
        mask = self.folder / "mask.png"
        mask.write_bytes(png(24, 24, 1, lambda x, y: (255 if x < 12 else 0,), 0))
        self.good("--target", "guide:relu2", "--guide", self.photo, "--mask", mask, "--preset", "naive")
        self.bad(1, "nowhere", "--target", "guide:relu2", "--guide", self.folder / "nowhere.png")


class Output(DreamTest):
    def test_under_a_file_or_a_file(self):
        self.out.write_text("mine")
        self.bad(1, ("--out", str(self.out)), "--target", "class:1")
        self.assertEqual(self.out.read_text(), "mine")
        self.out = self.out / "below"
        self.bad(1, ("--out", str(self.out)), "--target", "class:1")

    def test_a_full_disk_is_said_and_leaves_no_half_file(self):
        """The limit on file sizes stands for a full disk."""
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

        self.bad(1, ("class_1.png", "File too large"), "--target", "class:1", "--size", "64", "--preset", "naive",
                 preexec_fn=limit)
        self.assertFalse(list(self.out.glob("*.png")) + list(self.out.glob("*tmp*")))

    def test_a_sheet_an_animation_or_a_report_without_a_folder_is_refused_before_the_first_step(self):
        nowhere = self.folder / "nowhere"
        for flag, name in (("--grid", "sheet.png"), ("--animation", "film.gif"), ("--report", "report.html")):
            self.bad(1, (flag, str(nowhere), name), "--target", "class:1", flag, nowhere / name)
        self.assertEqual(os.listdir(self.out), [])
        self.good("--target", "class:1", "--grid", self.out / "sheet.jpg")  # a folder that the run makes

    def test_relative_names_are_in_the_folder_of_the_results(self):
        self.good("--target", "class:1", "--grid", "sheet.jpg", "--animation", "film.gif", "--report", "report.html",
                  "--every", "3", cwd=self.folder)
        for name in ("sheet.jpg", "film.gif", "report.html"):
            self.assertTrue((self.out / name).exists(), name)
            self.assertFalse((self.folder / name).exists(), name)

    def test_what_cannot_be_printed_is_said(self):
        with open("/dev/full", "w") as full:
            for arguments in (("--help",), ("--model", self.model, "--list-layers")):
                done = subprocess.run([self.program, *map(str, arguments)], stdout=full, stderr=subprocess.PIPE, text=True)
                self.assertEqual(done.returncode, 1)
                self.assertIn("standard output", done.stderr)

    def test_a_sheet_that_cannot_be_written_is_refused_before_the_first_step(self):
        (self.folder / "sheet.png").mkdir()
        self.bad(1, ("--grid", "sheet.png"), "--target", "class:1", "--grid", self.folder / "sheet.png")
        self.assertEqual(os.listdir(self.out), [])


class Results(DreamTest):
    def test_every_file_is_there(self):
        self.good("--target", "class:1", "--target", "layer:conv2")
        names = {"class_1.png", "layer_conv2.png", "metrics.jsonl", "summary.json", "run.json"}
        self.assertEqual(set(os.listdir(self.out)), names)

    def test_a_second_run_keeps_the_records_of_images_that_it_does_not_make(self):
        self.good("--target", "class:1", "--target", "layer:conv2", "--every", "3")
        before = files_of(self.out)
        self.good("--target", "class:2", "--target", "layer:conv2", "--seed", "5", "--every", "3")
        found = files_of(self.out)
        for name in ("class_1.png", "frames/class_1/000003.png"):
            self.assertEqual(found[name], before[name])
        summary = json.loads((self.out / "summary.json").read_text())
        self.assertEqual([s["file"] for s in summary], ["class_1.png", "class_2.png", "layer_conv2.png"])
        self.assertEqual(summary[0], json.loads(before["summary.json"])[0])
        lines = (self.out / "metrics.jsonl").read_bytes().splitlines()
        self.assertEqual(lines[:6], before["metrics.jsonl"].splitlines()[:6])
        self.assertEqual([json.loads(line)["target"] for line in lines], 6 * ["class:1"] + 6 * ["class:2"] + 6 * ["layer:conv2"])
        (self.out / "class_1.png").unlink()
        self.good("--target", "class:2")
        self.assertNotIn("class_1", (self.out / "summary.json").read_text())

    def test_records_of_something_else_are_left_alone(self):
        self.out.mkdir()
        for name, content in (("metrics.jsonl", '{"step":1,"loss":2}\n'), ("summary.json", '{"mine": 1}')):
            (self.out / name).write_text(content)
            self.bad(1, ("--out", name, "choose another folder"), "--target", "class:1")
            self.assertEqual(files_of(self.out), {name: content.encode()})
            (self.out / name).unlink()

    def test_an_unfinished_run_of_other_settings_is_not_given_up_unasked(self):
        self.good("--target", "class:1", "--limit-steps", "3")
        before = files_of(self.out)
        self.bad(1, ("--out", "unfinished run", "--resume", "--overwrite"), "--target", "class:2")
        self.assertEqual(files_of(self.out), before)
        self.good("--target", "class:1", "--limit-steps", "3")  # the same settings
        self.again("--again", self.out / "class_1.png", "--out", self.out)  # leaves the state
        self.assertIn("goes on after 3 of 6 steps", self.again("--resume", "--out", self.out))
        self.good("--target", "class:1", "--limit-steps", "3", "--overwrite")
        self.good("--target", "class:2", "--overwrite")
        self.assertFalse((self.out / "state").exists())

    def test_a_limit_of_steps_does_not_cut_short_what_is_there(self):
        self.good("--target", "class:1")
        before = files_of(self.out)
        for settings in ((), ("--seed", "2"), ("--steps", "9")):
            self.bad(1, ("--limit-steps 3", "class_1.png", "is finished", "--overwrite"), "--target", "class:1",
                     "--target", "class:2", "--limit-steps", "3", *settings)
        self.assertEqual(files_of(self.out), before)
        self.good("--target", "class:1", "--limit-steps", "6")  # all of them
        self.good("--target", "class:2", "--limit-steps", "4")
        self.bad(1, "which has 4 steps", "--target", "class:2", "--limit-steps", "3")
        self.good("--target", "class:2", "--limit-steps", "3", "--overwrite")
        self.assertEqual([line["step"] for line in metrics(self.out) if line["target"] == "class:2"], [1, 2, 3])

    def test_metrics_have_a_line_for_each_step_of_each_target(self):
        self.good("--target", "class:1", "--target", "layer:conv2")
        lines = metrics(self.out)
        self.assertEqual([(l["target"], l["step"]) for l in lines],
                         [(t, s) for t in ("class:1", "layer:conv2") for s in range(1, 7)])
        self.assertTrue(all(list(l) == METRICS for l in lines))
        self.assertTrue(all((l["probability"] is None) == (l["target"] != "class:1") for l in lines))

    def test_the_objective_grows_and_the_network_sees_the_class(self):
        for preset in ("naive", "homework", "quality", "maco"):
            with self.subTest(preset):
                self.good("--target", "class:1", "--preset", preset, "--steps", "60")
                values = [line["objective"] for line in metrics(self.out)]
                self.assertGreater(sum(values[-10:]), sum(values[:10]))

    def test_the_summary_has_the_measures_of_the_saved_pictures(self):
        other = self.folder / "other.onnx"
        other.write_bytes(small_network(seed=7))
        text = self.good("--target", "class:1", "--target", "layer:conv2", "--judge", other)
        summary = json.loads((self.out / "summary.json").read_text())
        self.assertEqual([s["file"] for s in summary], ["class_1.png", "layer_conv2.png"])
        for verdict in (summary[0]["own"], summary[0]["judge"]):
            self.assertTrue(0 < verdict["probability"] < 1 and 1 <= verdict["rank"] <= 5)
        self.assertIsNone(summary[1]["own"])
        for s in summary:
            self.assertTrue(0 < s["total_variation"] < 1 and 0 < s["high_frequency_share"] < 1)
            self.assertIn(s["file"], text)

    def test_a_judge_of_other_classes_is_refused(self):
        write_data(self.folder / "data")
        subprocess.run([self.train, "--data", str(self.folder / "data"), "--epochs", "1", "--hidden", "8", "--out",
                        str(self.folder / "mlp"), "--quiet"], check=True, timeout=60)
        self.good("--target", "class:1", "--judge", self.folder / "mlp" / "model.safetensors")
        self.bad(1, "nothing.onnx", "--target", "class:1", "--judge", self.folder / "nothing.onnx")

    def test_memory_is_said(self):
        self.assertRegex(self.good("--target", "class:1", "--target", "class:2"), r"memory: [\d.]+ MiB for an image, .* 2 at once")

    def test_a_report_has_every_picture_its_curve_and_the_settings(self):
        page = self.folder / "report.html"
        self.good("--target", "class:1", "--target", "layer:conv2", "--variants", "2", "--labels", self.labels, "--report", page)
        found = Page(page.read_text())
        self.assertEqual(found.open, [])
        titles = ["class:1 goldfish"] * 2 + ["layer:conv2"] * 2
        self.assertEqual([i["alt"] for i in found.images], titles)
        names = ("class_1-1.png", "class_1-2.png", "layer_conv2-1.png", "layer_conv2-2.png")
        for name, image in zip(names, found.images):
            kind, data = image["src"].split(",")
            self.assertEqual(kind, "data:image/png;base64")
            self.assertEqual(base64.b64decode(data, validate=True), (self.out / name).read_bytes())
        self.assertEqual([c["class"] for c in found.curves], 2 * ["objective", "probability"] + 2 * ["objective"])
        for curve in found.curves:
            points = [tuple(map(float, p.split(","))) for p in curve["points"].split()]
            self.assertEqual((len(points), points[0][0], points[-1][0]), (6, 0, 240))
            self.assertTrue(all(0 <= y <= 80 for _, y in points))
        self.assertEqual(json.loads(found.settings)["options"]["steps"], 6)
        self.assertFalse(re.search("https?:|src=\"(?!data:)", page.read_text()))

    def test_a_report_escapes_names(self):
        self.labels.write_text("\n".join(["<b>&\"", *LABELS[1:]]))
        page = self.folder / "report.html"
        self.good("--target", "class:0", "--labels", self.labels, "--report", page)
        self.assertEqual(Page(page.read_text()).images[0]["alt"], "class:0 <b>&\"")
        self.bad(1, "nowhere", "--target", "class:0", "--report", self.folder / "nowhere" / "report.html")

    def test_a_memory_limit_changes_no_byte_and_one_that_is_too_small_is_said(self):
        targets = ("--target", "class:1", "--target", "class:2", "--target", "layer:conv2", "--size", "64")
        text = self.good(*targets)
        whole = files_of(self.out)
        one, least = float(re.search(r"memory: ([\d.]+) MiB", text)[1]), 20000
        for limit in (f"{int(1.2 * one * 2**20)}", "1GiB"):
            self.good(*targets, "--max-memory", limit)
            self.assertEqual(files_of(self.out), whole)
        self.bad(1, ("class:1 needs", "at least", f"the limit is {least}"), *targets, "--max-memory", f"{least}")

    def test_a_memory_report_says_what_a_step_holds_and_changes_no_byte(self):
        self.good("--target", "class:1")
        before = files_of(self.out)
        text = self.good("--target", "class:1", "--memory-report")
        self.assertEqual(files_of(self.out), before)
        lines = dict(re.findall(r"^  (\w.*?) {2,}([\d.]+ (?:B|KiB|MiB))", text, re.M))
        for line in ("parameters", "arena of all temporary values", "activations", "gradients", "together"):
            self.assertIn(line, lines)
        self.assertNotIn("largest values", self.good("--target", "class:1"))

    def test_a_memory_report_is_printed_where_the_limit_refuses_the_run(self):
        for more in ((), ("--tile", "16", "--preset", "naive")):
            limit = ("--target", "class:1" if not more else "layer:conv2", "--max-memory", "20000", *more)
            done = self.run_dream(*limit, "--memory-report")
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("the limit is 20000", done.stderr)
            for line in ("memory of one step", "arena of all temporary values", "largest values"):
                self.assertIn(line, done.stdout)
            self.assertEqual(self.run_dream(*limit).stdout, "")

    def test_quiet_prints_nothing(self):
        self.assertEqual(self.good("--target", "class:1", "--quiet"), "")

    def test_frames_and_animations(self):
        for name, magic in (("film.webp", b"RIFF"), ("film.gif", b"GIF89a")):
            self.good("--target", "class:1", "--target", "class:2", "--animation", self.folder / name, "--every", "2")
            self.assertTrue((self.folder / name).read_bytes().startswith(magic))
            for target in ("class_1", "class_2"):
                names = sorted(f.name for f in (self.out / "frames" / target).iterdir())
                self.assertEqual(names, ["000002.png", "000004.png", "000006.png"])

    def test_variants_have_files_of_their_own_and_differ(self):
        self.good("--target", "class:1", "--variants", "2")
        first, second = self.out / "class_1-1.png", self.out / "class_1-2.png"
        self.assertNotEqual(first.read_bytes(), second.read_bytes())

    def test_each_trick_is_a_switch_that_changes_the_picture(self):
        seen = {}
        for name, arguments in {"none": (), "jitter": ("--jitter", "4"), "blur": ("--blur", "0.6,0.25,2"),
                                "gradient blur": ("--grad-blur", "1,0.3"), "decay": ("--decay", "0.1"),
                                "clip": ("--clip", "0.001"), "scales": ("--scales", "0.5,1"), "tv": ("--tv", "0.1"),
                                "octaves": ("--octaves", "2"), "normalize": ("--normalize", "rms"),
                                "clamp": ("--no-clamp", "--start", self.photo)}.items():
            self.good("--target", "class:1", "--preset", "naive", "--lr", "0.5", *arguments)
            bytes_ = (self.out / "class_1.png").read_bytes().split(b"IDAT")[1]
            self.assertNotIn(bytes_, seen.values(), name)
            seen[name] = bytes_


class SameBytes(DreamTest):
    TARGETS = ("--target", "class:1", "--target", "layer:conv2:3")

    def pictures(self):
        return {name: data for name, data in files_of(self.out).items() if name.endswith((".png", ".jsonl"))}

    def test_on_any_number_of_threads(self):
        for preset in ("homework", "quality"):
            found = []
            for threads in (1, 2, 4):
                self.good(*self.TARGETS, "--preset", preset, "--threads", threads)
                found.append(self.pictures())
            self.assertEqual(found[0], found[1])
            self.assertEqual(found[0], found[2])

    def test_other_seeds_give_others_and_company_does_not(self):
        self.good(*self.TARGETS)
        both = self.pictures()
        self.good("--target", "class:1")
        self.assertEqual(self.pictures()["class_1.png"], both["class_1.png"])
        self.good("--target", "class:1", "--seed", "2")
        self.assertNotEqual(self.pictures()["class_1.png"], both["class_1.png"])

    def test_again_from_the_picture_itself(self):
        for arguments in (("--preset", "quality", "--labels", self.labels), ("--start", self.photo, "--octaves", "2"),
                          ("--variants", "2"), ("--preset", "homework", "--limit-steps", "4")):
            with self.subTest(arguments):
                self.good("--target", "class:1", *arguments)
                for file in sorted(self.out.glob("class*.png")):
                    other = self.folder / "other"
                    self.assertIn(f"identical to {file}\n", self.again("--again", file, "--out", other))
                    self.assertEqual((other / file.name).read_bytes(), file.read_bytes())
                    file.unlink()

    def test_again_says_how_an_image_differs(self):
        self.good("--target", "class:1", "--preset", "naive")
        file = self.out / "class_1.png"
        texts = b"".join(chunk(kind, data) for kind, data in png_chunks(file) if kind in (b"tEXt", b"iTXt"))
        grey = png(24, 24, 3, lambda x, y: (128, 128, 128), 2)
        file.write_bytes(grey[:33] + texts + grey[33:])
        self.bad(1, (f"differs from {file} in ", "of 576 pixels, by at most "), "--again", file, model=False)
        small = png(8, 8, 3, lambda x, y: (128, 128, 128), 2)
        file.write_bytes(small[:33] + texts + small[33:])
        self.bad(1, f"differs from {file} in its size", "--again", file, model=False)

    def test_the_way_pixels_are_standardised_changes_the_picture_and_is_in_it(self):
        found = set()
        for how in ("", "imagenet", "none", "0.5/0.5", "0.5,0.5,0.5/0.5,0.5,0.4"):
            self.good("--target", "class:1", "--preset", "naive", "--lr", "1", *(("--standardize", how) if how else ()))
            file = self.out / "class_1.png"
            self.assertEqual(json.loads(png_text(file)["dream"])["standardize"], how)
            self.again("--again", file, "--out", self.folder / "other")
            self.assertEqual((self.folder / "other" / file.name).read_bytes(), file.read_bytes())
            found.add(file.read_bytes().split(b"IDAT")[1])
        self.assertEqual(len(found), 4)  # imagenet is the default
        self.bad(2, ("--standardize", "imagenet, none or MEAN/DEVIATION", "'vgg'"), "--target", "class:1", "--standardize", "vgg")

    def test_again_says_what_is_wrong(self):
        self.good("--target", "class:1", "--start", self.photo, "--octaves", "1")
        file = self.out / "class_1.png"
        self.assertIn("class:1", json.loads(png_text(file)["dream"])["targets"][0]["objective"])
        self.bad(2, "--steps", "--again", file, "--steps", "9", model=False)
        self.bad(1, (str(self.photo), "no settings"), "--again", self.photo, model=False)
        whole = file.read_bytes()
        for length in (0, 20, 100, len(whole) - 3):
            self.photo.with_name("cut.png").write_bytes(whole[:length])
            self.bad(1, "cut.png", "--again", self.photo.with_name("cut.png"), model=False)
        for old, new in ((b'"steps":6', b'"steps":x'), (b'"steps":6', b'"steps":0'), (b"class:1", b"class:9")):
            broken = self.photo.with_name("broken.png")
            broken.write_bytes(self.with_text(whole, old, new))
            self.bad(1, "class 9" if b"9" in new else "broken.png", "--again", broken, model=False)
        self.photo.write_bytes(photo(41, 30))
        self.bad(1, (str(self.photo), "is not the photo"), "--again", file, model=False)
        self.model.write_bytes(small_network(seed=2))
        self.bad(1, (str(self.model), "is not the model"), "--again", file, model=False)

    def with_text(self, data, old, new):
        from support.dream_runs import chunk
        at, out = 8, data[:8]
        while at < len(data):
            length, kind = struct.unpack(">I4s", data[at:at + 8])
            body = data[at + 8:at + 8 + length]
            out += chunk(kind, body.replace(old, new) if kind in (b"tEXt", b"iTXt") else body)
            at += 12 + length
        return out

    def test_after_a_stop_at_any_step(self):
        for arguments in (("--preset", "homework", "--steps", "9", "--octaves", "3", "--octave-scale", "1.2"),
                          ("--preset", "quality"), ("--optimizer", "nadam"),
                          ("--preset", "naive", "--optimizer", "momentum")):
            self.good(*self.TARGETS, *arguments)
            whole = files_of(self.out)
            for stop in (1, 3, 5):
                with self.subTest(arguments, stop=stop):
                    self.good(*self.TARGETS, *arguments, "--limit-steps", stop, "--overwrite")
                    self.assertEqual(len(metrics(self.out)), 2 * stop)
                    self.again("--resume", "--limit-steps", stop + 1, "--out", self.out)
                    self.again("--resume", "--out", self.out)
                    self.assertEqual(files_of(self.out), whole)

    def test_a_complete_run_resumes_to_itself(self):
        self.good(*self.TARGETS)
        whole = files_of(self.out)
        self.again("--resume", "--out", self.out)
        self.assertEqual(files_of(self.out), whole)

    def test_resume_says_what_is_wrong(self):
        self.bad(1, "no run", "--resume", model=False)
        self.good(*self.TARGETS, "--limit-steps", "3")
        self.bad(2, "--steps", "--resume", "--steps", "9", model=False)
        state = self.out / "state" / "class_1.safetensors"
        whole = state.read_bytes()
        for content in (b"", whole[:100], whole[:-1]):
            state.write_bytes(content)
            self.bad(1, "class_1.safetensors", "--resume", model=False)
        state.write_bytes(whole)
        (self.out / "metrics.jsonl").write_text("rubbish\n{}\n")
        self.bad(1, ("metrics.jsonl", "line 1"), "--resume", model=False)
        (self.out / "run.json").write_text("{")
        self.bad(1, "run.json", "--resume", model=False)

    def test_after_an_interruption(self):
        arguments = ["--model", self.model, *self.TARGETS, "--size", "32", "--steps", "1500", "--preset", "homework"]
        self.good(*arguments, model=False)
        whole = files_of(self.out)
        self.out = self.folder / "interrupted"
        error = interrupted(self, [self.program, *arguments, "--out", self.out], self.out,
                            lambda: lines(self.out / "metrics.jsonl") > 20)
        self.assertRegex(error, r"^interrupted after \d+ steps; to go on: dream --resume --out " + str(self.out))
        self.assertTrue((self.out / "class_1.png").exists())
        self.again("--resume", "--out", self.out)
        self.assertEqual(files_of(self.out), whole)

    def test_a_terminal_shows_progress(self):
        command = [self.program, "--model", self.model, *self.TARGETS, "--size", "24", "--steps", "100000", "--out", self.out]
        text, status = seen_on_a_terminal(command, until=b"s left")
        self.assertIn(b"\r", text)
        self.assertIn(b"s left", text)
        self.assertEqual(status, 130)


@unittest.skipUnless((SHARED / "models" / "squeezenet1_0.onnx").exists(), "the models beside the sources are not there")
class RealNetworks(DreamTest):
    def test_another_network_sees_the_macaw_that_the_homework_recipe_makes(self):
        models = SHARED / "models"
        self.good("--model", models / "squeezenet1_0.onnx", "--labels", models / "imagenet_labels.txt", "--target",
                  "class:macaw", "--preset", "homework", "--steps", "64", "--size", "128", "--octaves", "1",
                  "--judge", models / "mobilenet_v2_1.0_224.onnx", model=False)
        measure = json.loads((self.out / "summary.json").read_text())[0]
        self.assertEqual(measure["title"], "class:88 macaw")
        self.assertGreater(measure["own"]["probability"], 0.5)
        self.assertLess(measure["judge"]["rank"], 500)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: dream_program.py PATH-OF-DREAM PATH-OF-TRAIN [tests]")
    DreamTest.program, DreamTest.train = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
    result = unittest.main(exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped:
        print("skipped:", "; ".join(sorted({reason for _, reason in result.skipped})))
        sys.exit(77)


if __name__ == "__main__":
    main()
