#!/usr/bin/env python3
"""Trains networks from files further, and networks of one's own: further_program.py TRAIN CLASSIFY EXPORT DREAM, all paths
of binaries."""
import json
import shutil
import subprocess
import sys
import unittest

from classify_program import png
from support.interrupt import interrupted
from support.onnx_file import small_network
from support.train_runs import ProgramTest, metrics, part, sha256, tensors, without_rates

BACKBONE = ["w1", "b1", "w2", "b2"]
RESIDUAL = """{
  "layers": [
    {"conv2d": {"out": 8, "kernel": 3, "padding": 1, "bias": false}},
    "batch_norm",
    {"relu": {"name": "start"}},
    {"repeat": 2, "layers": [
      {"conv2d": {"out": 8, "kernel": 3, "padding": 1, "name": "block{i}.conv"}},
      {"relu": {"name": "block{i}.relu"}},
      {"add": {"with": "start", "name": "block{i}"}}
    ]},
    {"concat": "start"},
    {"max_pool2d": {"kernel": [2, 2]}},
    "flatten",
    {"linear": {"out": "classes", "name": "head"}}
  ]
}
"""


class FurtherTest(ProgramTest):
    classify = export = dream = ""  # paths

    def setUp(self):
        super().setUp()
        self.net = self.folder / "net.onnx"
        self.net.write_bytes(small_network(classes=7))
        self.layers = self.folder / "net.json"
        self.layers.write_text(RESIDUAL)
        self.model = self.out / "model.safetensors"

    def run_train(self, *arguments, **more):
        return super().run_train(*arguments, **{"hidden": None, **more})

    def from_net(self, *arguments, net=None):
        return self.good("--from", net or self.net, "--epochs", "2", "--batch", "50", *arguments)

    def run_other(self, *command):
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        return done.stdout

    def photo(self):
        file = self.folder / "photo.png"
        if not file.exists():
            file.write_bytes(png(8, 8, [part(1, 9)[0][16 + 8 * y:24 + 8 * y] for y in range(8)], colour=0))
        return file

    def answers(self, model):
        """Classes and probabilities of a photo."""
        line = json.loads(self.run_other(self.classify, "--model", model, "--json", self.photo()))
        return {entry["class"]: entry["probability"] for entry in line["top"]}


class Results(FurtherTest):
    def test_an_onnx_file_gets_the_classes_of_the_data(self):
        text = self.from_net("--lr", "0.1")
        self.assertIn(f"{self.net}: last layer 'logits' drawn anew for 5 classes in place of 7; 1477 numbers are trained; "
                      "images are converted from 1 × 8 × 8 to 3 × 8 × 8", text)
        steps = [line for line in metrics(self.out) if "step" in line]
        self.assertLess(steps[-1]["loss"], steps[0]["loss"])
        accuracy = text.splitlines()[-1].split(" %")[0]
        self.assertIn(accuracy, self.good("--eval-only", data=False))

    def test_a_head_that_fits_is_kept(self):
        self.good("--model", "mlp", "--epochs", "1")
        self.run_other(self.export, "--model", self.out, "--onnx", self.net, "--overwrite")
        text = self.from_net("--lr", "1e-30", "--overwrite")
        self.assertIn("last layer 'fc3' kept, it has 5 classes", text)
        self.assertNotIn("converted", text)
        before = self.answers(self.net)
        after = self.answers(self.model)
        self.assertEqual(before.keys(), after.keys())
        for c, p in before.items():
            self.assertAlmostEqual(after[c], p, places=3)

    def test_load_in_classify_export_dream_and_again(self):
        self.from_net()
        onnx = self.folder / "again.onnx"
        self.run_other(self.export, "--model", self.out, "--onnx", onnx)
        wanted = self.answers(self.model)
        for c, p in self.answers(onnx).items():
            self.assertAlmostEqual(wanted[c], p, places=4)
        layers = self.run_other(self.dream, "--model", self.model, "--list-layers")
        self.assertIn("layer:relu2", layers)
        first = self.folder / "first.safetensors"
        shutil.move(self.model, first)
        for file in (first, onnx):
            self.assertIn("'logits' kept, it has 5 classes", self.from_net("--overwrite", net=file))

    def test_a_file_is_measured_as_it_is(self):
        line = self.from_net("--lr", "0.1").splitlines()[-1]
        onnx = self.folder / "again.onnx"
        self.run_other(self.export, "--model", self.out, "--onnx", onnx)
        self.assertIn(line.split(" %")[0].split("test ")[1], self.good("--eval-only", "--from", onnx))
        self.bad(1, "the network tells 7 classes apart, the data have 5 without names", "--eval-only", "--from", self.net)

    def test_images_are_resized_where_it_is_asked(self):
        text = self.from_net("--image-size", "12")
        self.assertIn("from 1 × 8 × 8 to 3 × 12 × 12", text)
        self.assertIn(b'"image":"[3, 12, 12]"', self.model.read_bytes())
        self.assertIn("test accuracy", self.good("--eval-only", data=False))


class Freezing(FurtherTest):
    def untrained(self):
        """The file's own weights, as a run that changes nothing leaves them."""
        self.from_net("--lr", "1e-38")
        found = tensors(self.model)
        shutil.rmtree(self.out)
        return found

    def test_leaves_the_backbone_as_it_is(self):
        before = self.untrained()
        self.assertIn("; 85 numbers are trained", self.from_net("--freeze", "backbone"))
        after = tensors(self.model)
        for name in BACKBONE:
            self.assertEqual(after[name], before[name], name)
        self.assertNotEqual(after["w3"], before["w3"])
        self.assertFalse([name for name in tensors(self.out / "checkpoint.safetensors") if name.startswith("w1.")])

    def test_names_patterns_and_all_before_a_layer(self):
        before = self.untrained()
        for freeze, kept in (("conv2", ["w2", "b2"]), ("conv*", BACKBONE), ("to:relu1", ["w1", "b1"]),
                             ("conv1,logits", ["w1", "b1", "w3", "b3"])):
            with self.subTest(freeze):
                self.from_net("--freeze", freeze, "--overwrite")
                after = tensors(self.model)
                self.assertEqual(sorted(name for name in after if after[name] == before[name]), sorted(kept))

    def test_keeps_the_statistics_of_frozen_batch_normalisation(self):
        self.good("--model", self.layers, "--epochs", "1")
        first = self.folder / "first.safetensors"
        shutil.move(self.model, first)
        before = tensors(first)
        for freeze, same in (("backbone", True), ("head", False)):
            self.from_net("--freeze", freeze, "--overwrite", net=first)
            after = tensors(self.model)
            for name in ("bn1.running_mean", "bn1.running_var", "bn1.weight"):
                self.assertEqual(after[name] == before[name], same, (freeze, name))

    def test_features_that_are_kept_train_the_same_network(self):
        losses = {}
        for cache in ((), ("--cache-features",)):
            self.from_net("--freeze", "backbone", "--overwrite", *cache)
            losses[cache] = [line["loss"] for line in metrics(self.out) if "step" in line]
            backbone = {name: tensors(self.model)[name] for name in BACKBONE}
            self.assertEqual(losses.setdefault("backbone", backbone), backbone)
        self.assertEqual(len(losses[()]), 12)
        for one, other in zip(losses[()], losses[("--cache-features",)]):
            self.assertAlmostEqual(one, other, places=5)

    def test_rates_of_the_head_and_of_layers(self):
        before = self.untrained()
        self.from_net("--head-lr", "1e-38")
        after = tensors(self.model)
        self.assertEqual([name for name in sorted(after) if after[name] == before[name]], ["b3", "w3"])
        self.from_net("--layer-lr", "conv*=0.5,conv1=0", "--overwrite")
        after = tensors(self.model)
        self.assertEqual([name for name in sorted(after) if after[name] == before[name]], ["b1", "w1"])


class Bits(FurtherTest):
    def test_are_the_same_for_any_number_of_threads_and_after_an_interruption(self):
        for options in (("--freeze", "conv1", "--head-lr", "0.1", "--layer-lr", "conv2=0.3", "--optimizer", "adam"),
                        ("--freeze", "backbone", "--cache-features")):
            found = set()
            for threads in (1, 2, 4):
                self.from_net("--threads", threads, "--overwrite", *options)
                found.add((sha256(self.model), json.dumps(without_rates(self.out))))
            self.from_net("--overwrite", "--limit-steps", "8", *options)
            (self.folder / "moved.onnx").write_bytes(self.net.read_bytes())
            self.net.unlink()  # it is not needed any more
            self.good("--resume", data=False)
            self.net.write_bytes((self.folder / "moved.onnx").read_bytes())
            found.add((sha256(self.model), json.dumps(without_rates(self.out))))
            self.assertEqual(len(found), 1, options)

    def test_are_the_same_after_an_interruption_while_features_are_computed(self):
        options = ("--from", self.net, "--freeze", "backbone", "--cache-features", "--image-size", "60", "--epochs", "2")
        command = [self.program, *options, "--data", self.data, "--out", self.out]
        error = interrupted(self, command, self.out, lambda: (self.out / "metrics.jsonl").exists())
        self.assertIn("interrupted after step ", error)
        self.good("--resume", data=False)
        found = sha256(self.model)
        self.good(*options, "--overwrite")
        self.assertEqual(sha256(self.model), found)

    def test_of_a_network_in_json_do_not_depend_on_threads_or_interruptions(self):
        found = set()
        for threads in (1, 2, 4):
            self.good("--model", self.layers, "--epochs", "2", "--threads", threads, "--overwrite")
            found.add((sha256(self.model), json.dumps(without_rates(self.out))))
        self.good("--model", self.layers, "--epochs", "2", "--overwrite", "--limit-steps", "4")
        self.layers.unlink()
        self.good("--resume", data=False)
        found.add((sha256(self.model), json.dumps(without_rates(self.out))))
        self.assertEqual(len(found), 1)

    def test_of_dropout_do_not_depend_on_threads_or_interruptions(self):
        self.layers.write_text(RESIDUAL.replace('"flatten",', '"flatten",\n    {"dropout": {"p": 0.3}},'))
        found = set()
        for threads in (1, 2):
            self.good("--model", self.layers, "--epochs", "2", "--threads", threads, "--overwrite")
            found.add((sha256(self.model), json.dumps(without_rates(self.out))))
        self.good("--model", self.layers, "--epochs", "2", "--overwrite", "--limit-steps", "4")
        self.good("--resume", data=False)
        found.add((sha256(self.model), json.dumps(without_rates(self.out))))
        self.assertEqual(len(found), 1)
        whole = self.folder / "whole.onnx"
        self.run_other(self.export, "--model", self.model, "--onnx", whole)
        self.assertNotIn(b"ropout", whole.read_bytes())
        self.layers.write_text(RESIDUAL)
        self.good("--model", self.layers, "--epochs", "2", "--overwrite")
        self.assertNotIn((sha256(self.model), json.dumps(without_rates(self.out))), found)

    def test_of_a_printed_network_are_those_of_the_network(self):
        for model, options in (("mlp", ("--hidden", "24,8")), ("cnn", ()), ("allconv", ())):
            text = self.good("--print-model", model, *options, data=False, out=False)
            file = self.folder / f"{model}.json"
            file.write_text(text)
            results = []
            for network, more in ((model, options), (file, ())):
                self.good("--model", network, "--epochs", "1", "--overwrite", *more)
                results.append((tensors(self.model), without_rates(self.out)))
            self.assertEqual(results[0], results[1], model)


class Jobs(FurtherTest):
    def test_train_evaluate_and_dream(self):
        settings = {"epochs": 1, "data": str(self.data), "batch": 50}
        jobs = [{"name": "tuned", "kind": "train",
                 "settings": {**settings, "from": str(self.net), "freeze": "backbone", "cache_features": True}},
                {"name": "own", "kind": "train", "settings": {**settings, "model": str(self.layers)}}]
        for model in ("tuned", "own"):
            jobs.append({"name": f"score-{model}", "kind": "evaluate", "model": model})
            jobs.append({"name": f"images-{model}", "kind": "dream", "model": model, "objectives": ["class:1"],
                         "options": {"steps": 2}})
        file = self.folder / "jobs.json"
        file.write_text(json.dumps({"jobs": jobs}))
        done = self.run_train("--jobs", file, data=False)
        self.assertEqual(done.returncode, 0, done)
        for model in ("tuned", "own"):
            score = json.loads((self.out / f"score-{model}" / "evaluation.json").read_text())
            last = metrics(self.out / model)[-1]
            self.assertEqual(score, {"loss": last["test_loss"], "accuracy": last["test_accuracy"]})
            self.assertTrue((self.out / f"images-{model}" / "contact_sheet.png").is_file())
        alone = tensors(self.out / "tuned" / "model.safetensors")
        shutil.rmtree(self.out)
        self.good("--from", self.net, "--freeze", "backbone", "--cache-features", "--epochs", "1", "--batch", "50")
        self.assertEqual(tensors(self.model), alone)


class Mistakes(FurtherTest):
    def test_a_run_with_another_network_is_not_overwritten(self):
        self.good("--model", self.layers, "--epochs", "1")
        before = sha256(self.model)
        self.layers.write_text(RESIDUAL.replace('"repeat": 2', '"repeat": 1'))
        self.bad(1, ("holds a run with another network", "--overwrite"), "--model", self.layers, "--epochs", "1")
        self.assertEqual(sha256(self.model), before)
        self.good("--model", self.layers, "--epochs", "1", "--overwrite")

    def test_of_jobs_name_their_line(self):
        file = self.folder / "jobs.json"
        settings = {"from": str(self.net), "data": str(self.data), "epochs": 1}
        for wanted, job in (("'settings' have 'from'", {"checkpoint": str(self.net), "settings": settings}),
                            ("--freeze has no effect without --from", {"settings": {"freeze": "backbone"}}),
                            ("--model has no effect with --from", {"settings": {**settings, "model": "cnn"}}),
                            ("there is no layer 'fc'", {"settings": {**settings, "freeze": "fc"}})):
            file.write_text(json.dumps({"jobs": [{"name": "a", "kind": "train", **job}]}))
            self.bad(2, (f"{file}:1: job 'a': ", wanted), "--jobs", file, data=False)

    def test_of_options_end_with_two(self):
        for wanted, *arguments in (
            ("--freeze has no effect without --from", "--freeze", "backbone"),
            ("--cache-features has no effect without --from", "--cache-features"),
            ("--model has no effect with --from", "--from", self.net, "--model", "cnn"),
            ("--hidden has no effect with --from", "--from", self.net, "--hidden", "3"),
            ("--cache-features needs frozen layers", "--from", self.net, "--cache-features"),
            ("--layer-lr needs LAYER=FACTOR with a factor ≥ 0, got 'conv1'", "--from", self.net, "--layer-lr", "conv1"),
            ("--layer-lr needs LAYER=FACTOR with a factor ≥ 0, got 'a=-1'", "--from", self.net, "--layer-lr", "a=-1"),
            ("--head-lr", "--from", self.net, "--head-lr", "-1"),
            ("--image-size", "--from", self.net, "--image-size", "5000"),
            (("--freeze does not fit the network: there is no layer 'conf1'", "did you mean 'conv1'"), "--from", self.net,
             "--freeze", "conf1"),
            ("--layer-lr does not fit the network: there is no layer 'fc'", "--from", self.net, "--layer-lr", "fc=2"),
            ("--freeze names 'relu1', which has no parameters", "--from", self.net, "--freeze", "relu1"),
            ("--freeze leaves nothing to train", "--from", self.net, "--freeze", "*"),
            ("--from", "--from", self.net, "--checkpoint", self.net),
            (("--model", "unknown model 'rnn'"), "--print-model", "rnn"),
        ):
            with self.subTest(arguments):
                self.bad(2, wanted, *arguments)
        self.assertFalse(self.out.exists())

    def test_of_files_end_with_one(self):
        (self.folder / "text").write_text("no network")
        for wanted, *arguments in (
            ("nothing", "--from", self.folder / "nothing"),
            ("text", "--from", self.folder / "text"),
            (("features cannot be kept", "the first layer with weights is trained"), "--from", self.net, "--freeze",
             "conv2", "--cache-features"),
            (("cannot be trained further at this --image-size", "conv2"), "--from", self.net, "--image-size", "2"),
        ):
            with self.subTest(arguments):
                self.bad(1, wanted, *arguments)
        self.assertFalse(self.out.exists())

    def test_of_networks_in_json_have_their_line(self):
        for old, new, wanted in (
            ('"kernel": 3, "padding": 1, "bias"', '"kernal": 3, "padding": 1, "bias"',
             (":3: there is no key 'kernal'; did you mean 'kernel'",)),
            ('"batch_norm"', '"batchnorm"', (":4: there is no layer 'batchnorm'; did you mean 'batch_norm'",)),
            ('"with": "start"', '"with": "stat"', (":9: layer 6 (add): there is no layer before it 'stat'",)),
            ('"with": "start"', '"with": "block1.relu"', (":9: layer 6 (add): there is no layer before it",)),
            ('"name": "block{i}"', '"name": "block"', (":9: layer 9 (add): the name 'block' is taken",)),
            ('"out": "classes"', '"out": -1', (":14: layer 13 (linear): 'out' needs to be in 1 …",)),
            ('"out": "classes", ', "", (":14: layer 13 (linear): 'out' is missing",)),
            ('[2, 2]', '[2, 2, 2]', (":12: layer 11 (max_pool2d): 'kernel' needs 1 … 2 numbers, has 3",)),
            ('[2, 2]', '"big"', (":12: layer 11 (max_pool2d): 'kernel' needs to be a list of whole numbers",)),
            ('"repeat": 2', '"repeat": 0', (":6: 'repeat' needs to be in 1 …",)),
            ('"repeat": 2', '"repeat": 4096', ("more than 4096 layers",)),
            ('"layers": [\n    {"conv', '"layer": [\n    {"conv', (":2: there is no key 'layer'; did you mean 'layers'",)),
            ('"flatten",', '{"flatten": {}, "relu": {}},', (":13: layer 12 should be a word or an object with one word",)),
            ("    ]},", "    ]}", ("not JSON",)),
        ):
            self.assertIn(old, RESIDUAL)
            self.layers.write_text(RESIDUAL.replace(old, new))
            with self.subTest(new):
                self.bad(2, ("--model: ", str(self.layers), *wanted), "--model", self.layers)
        for old, new, wanted in (
            ('"out": "classes"', '"out": 7', (":14: layer 13 (linear): the last layer makes [", "7], expected logits [")),
            ('[2, 2]', '20', (":12: layer 11 (max_pool2d): [max_pool2d] a window of 20×20 does not fit",)),
        ):
            self.layers.write_text(RESIDUAL.replace(old, new))
            with self.subTest(new):
                self.bad(1, (str(self.layers), *wanted), "--model", self.layers)
        self.layers.unlink()
        self.bad(2, ("--model: ", str(self.layers)), "--model", self.layers)
        self.assertFalse(self.out.exists())


def main():
    if len(sys.argv) < 5:
        sys.exit("usage: further_program.py TRAIN CLASSIFY EXPORT DREAM [tests]")
    ProgramTest.program, FurtherTest.classify, FurtherTest.export, FurtherTest.dream = sys.argv[1:5]
    del sys.argv[1:5]
    unittest.main()


if __name__ == "__main__":
    main()
