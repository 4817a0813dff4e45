"""What users expect of the module beside graphs: numbers among values, files, data sets, training, dreams, traces."""
import gc
import json
import os
import pathlib
import re
import signal
import struct
import tempfile
import unittest

import backflow as bf
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Case(unittest.TestCase):
    def setUp(self):
        self.scheduler = bf.Scheduler(threads=1)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def refuses(self, *cases):
        for mistake, part in cases:
            with self.subTest(expected=part), self.assertRaises(ValueError) as raised:
                mistake()
            self.assertIn(part, str(raised.exception))


def bars(count=60, seed=1):
    """Images 1 × 8 × 8 of a horizontal or a vertical bar."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 60, (count, 8, 8), np.uint8)
    labels = np.arange(count) % 2
    images[labels == 0, 3:5] += 180
    images[labels == 1, :, 3:5] += 180
    return images, labels


class Values(Case):
    def computed(self, function, *arrays):
        g = bf.Graph()
        values = [g.input(f"x{i}", a.shape) for i, a in enumerate(arrays)]
        g.output("y", function(*values))
        flow = bf.Flow(g, bf.Store(), self.scheduler)
        flow.run(**{f"x{i}": a for i, a in enumerate(arrays)})
        return flow.output("y").copy()

    def test_numbers_stand_among_values(self):
        a = np.array([[1.5, -2], [4, 8]], np.float32)
        for f in (
            lambda x: x + 1,
            lambda x: 1 + x,
            lambda x: x - 2.5,
            lambda x: 1 - x,
            lambda x: x / 3,
            lambda x: 3 / x,
            lambda x: np.float32(2) * x + np.float64(1),
            lambda x: (x + 1) * (x + 1) - -x,
        ):
            np.testing.assert_allclose(self.computed(f, a), f(a), rtol=1e-6)
        b = np.array([[1, 2, 3], [0, 1, -1]], np.float32)
        np.testing.assert_array_equal(self.computed(lambda x, y: x @ y, a, b), a @ b)

    def test_what_is_no_number_is_refused(self):
        x = bf.Graph().input("x", [2])
        for mistake in (lambda: x + "1", lambda: None - x, lambda: x @ 2):
            self.assertRaises(TypeError, mistake)
        self.refuses((lambda: x / 0, "[divide] by the number 0"))

    def test_a_number_stands_for_an_array_of_shape_1(self):
        g = bf.Graph()
        rate = g.input("rate", [1])
        g.output("y", rate * g.parameter("w", [1], bf.zeros()))
        store = bf.Store()
        flow = bf.Flow(g, store, self.scheduler)
        store["w"] = 2
        for given in (0.5, np.float64(0.5), np.array(0.5), [0.5]):
            flow.run(rate=given)
            self.assertEqual(flow.output("y"), [1])
        wide = bf.Graph()
        wide.output("y", bf.relu(wide.input("x", [2])))
        flow = bf.Flow(wide, store, self.scheduler)
        self.refuses((lambda: flow.run(x=0.5), "[x] expected shape [2], got []"))

    def test_accuracy_is_the_share_of_right_answers(self):
        g = bf.Graph()
        g.output("a", bf.accuracy(g.input("x", [4, 3]), g.input("labels", [4], "s32")))
        flow = bf.Flow(g, bf.Store(), self.scheduler)
        flow.run(x=np.eye(4, 3), labels=[0, 1, 2, 2])
        self.assertEqual(flow.output("a"), [0.75])

    def test_every_op_of_the_library_is_bound_and_says_what_its_header_says(self):
        for header in sorted((ROOT / "ops").glob("*.h")):
            for name in re.findall(r"^(?:inline )?Value (\w+)\(", header.read_text(), re.M):
                with self.subTest(op=name):
                    self.assertGreater(len(getattr(bf, name).__doc__.splitlines()), 2)
        self.assertIn("[N, in, H, W]", bf.conv2d.__doc__)
        self.assertIn("groups: of channels", bf.conv2d.__doc__)

    def test_everything_has_a_docstring(self):
        for name, thing in vars(bf).items():
            if callable(thing):
                self.assertTrue(thing.__doc__, name)

    def test_the_version_is_that_of_the_project(self):
        wanted = re.search(r"project\(backflow VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
        self.assertEqual(bf.__version__, wanted)

    def test_a_graph_has_a_mode(self):
        g = bf.Graph()
        g.set_mode("prediction")
        self.assertEqual(g.mode, "prediction")
        x = g.input("x", [2, 2])
        self.refuses(
            (lambda: bf.dropout(x, g.input("step", [1], "s32"), training=True), "training"),
            (lambda: g.set_mode("eval"), "there is no mode 'eval'"),
        )


class Files(Case):
    def store(self):
        store = bf.Store()
        store["a.weight"] = np.arange(6, dtype=np.float32).reshape(2, 3)
        store["a.weight.momentum"] = np.ones((2, 3), np.float32)
        return store

    def test_a_store_is_saved_and_loaded_with_its_metadata(self):
        self.store().save(self.folder / "a.safetensors", {"arch": "mine"})
        loaded = bf.Store()
        self.assertEqual(loaded.load(str(self.folder / "a.safetensors")), {"arch": "mine"})
        np.testing.assert_array_equal(loaded["a.weight"], np.arange(6).reshape(2, 3))
        self.assertEqual(list(loaded), ["a.weight", "a.weight.momentum"])

    def test_weights_alone_are_saved_and_loaded(self):
        file = self.folder / "a.safetensors"
        self.store().save(file, weights_only=True)
        data = file.read_bytes()
        header = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
        self.assertEqual([name for name in header if name != "__metadata__"], ["a.weight"])
        store = self.store()
        store["a.weight"] = np.zeros((2, 3))
        store.load(file, weights_only=True)
        np.testing.assert_array_equal(store["a.weight"], np.arange(6).reshape(2, 3))
        self.refuses((lambda: self.store().load(file), "a.weight.momentum"))

    def test_a_file_that_does_not_fit_changes_nothing(self):
        file = self.folder / "a.safetensors"
        self.store().save(file)
        other = bf.Store()
        other["a.weight"] = np.zeros((2, 2), np.float32)
        (self.folder / "b").write_bytes(b"no tensors")
        self.refuses(
            (lambda: other.load(file), "a.weight"),
            (lambda: other.load(self.folder / "none"), "none"),
            (lambda: other.load(self.folder / "b"), "b"),
            (lambda: self.store().save(self.folder / "no/folder"), "no/folder"),
        )
        np.testing.assert_array_equal(other["a.weight"], np.zeros((2, 2)))

    def test_a_frozen_store_does_not_change(self):
        store = self.store()
        self.assertFalse(store.frozen)
        store.freeze()
        self.assertTrue(store.frozen)
        self.assertEqual(repr(store), "<Store of 2 tensors, 12 numbers, seed 1, frozen>")
        with self.assertRaises(ValueError):
            store["a.weight"] = np.zeros((2, 3))


class Flows(Case):
    def graph(self):
        g = bf.Graph()
        g.output("y", bf.relu(bf.linear(g.input("x", [4, 3]), out=5)))
        return g

    def test_a_trace_tells_what_ran(self):
        trace = bf.Trace(self.scheduler)
        flow = bf.Flow(self.graph(), bf.Store(), self.scheduler, trace=trace)
        flow.run(x=np.ones((4, 3)))
        self.assertIn("linear", trace.summary())
        trace.write(self.folder / "trace.json")
        self.assertIn("linear", (self.folder / "trace.json").read_text())
        self.refuses((lambda: trace.write(self.folder / "no/trace.json"), "no/trace.json"))

    def test_the_options_of_a_flow_are_keyword_arguments(self):
        own, calls = bf.Store(), []
        own["linear.bias"] = np.full(5, 7, np.float32)
        flow = bf.Flow(self.graph(), bf.Store(), self.scheduler, "named", precision="auto", own=own,
                       prefetch=lambda: calls.append(1))
        flow.run(x=np.zeros((4, 3)))
        self.assertEqual((flow.output("y").min(), calls), (7, [1]))
        self.assertIn("digraph", flow.dot())
        self.assertGreater(flow.arena_bytes, -1)
        self.assertRegex(repr(flow), r"<Flow of \d+ nodes>")

        def options(**given):
            return lambda: bf.Flow(self.graph(), bf.Store(), self.scheduler, **given)

        self.refuses((options(precision="f16"), "f32, bf16 or auto"), (options(memory_limit=1), "the limit is 1"))


class Data(Case):
    def test_arrays_are_a_data_set(self):
        images, labels = bars()
        data = bf.ImageDataset(images, labels)
        self.assertEqual((len(data), data.classes, data.images.shape), (60, 2, (60, 1, 8, 8)))
        np.testing.assert_array_equal(data.images[:, 0], images)
        np.testing.assert_array_equal(data.labels, labels)
        self.assertAlmostEqual(data.mean[0], (images / 255).mean(), 5)
        self.assertAlmostEqual(data.deviation[0], (images / 255).std(), 5)
        np.testing.assert_allclose(data.read(3), (images[3:4] / 255 - data.mean[0]) / data.deviation[0], atol=1e-6)
        self.assertEqual(data.label(3), labels[3])
        self.assertEqual(repr(data), "<Dataset of 60 samples [1, 8, 8] in 2 classes>")

    def test_idx_files_are_a_data_set(self):
        images, labels = bars(4)
        for part in ("train", "t10k"):
            head = struct.pack(">I3I", 0x803, *images.shape)
            (self.folder / f"{part}-images-idx3-ubyte").write_bytes(head + images.tobytes())
            head = struct.pack(">II", 0x801, len(labels))
            (self.folder / f"{part}-labels-idx1-ubyte").write_bytes(head + labels.astype(np.uint8).tobytes())
        for read in (bf.load_idx_folder, lambda folder: bf.find_dataset(str(folder))):
            for data in read(self.folder):
                np.testing.assert_array_equal(data.images[:, 0], images)
        np.testing.assert_array_equal(bf.read_idx(self.folder / "train-labels-idx1-ubyte", 1), labels)
        self.refuses(
            (lambda: bf.read_idx(self.folder / "train-labels-idx1-ubyte", 3), "train-labels-idx1-ubyte"),
            (lambda: bf.load_idx_folder(self.folder / "none"), "none"),
        )

    def test_floats_are_a_data_set_whole_or_in_batches(self):
        random = np.random.default_rng(1)
        x, labels = random.normal(3, 2, (50, 4)).astype(np.float32), np.arange(50) % 3
        whole = bf.ArrayDataset(x, labels)
        batches = bf.ArrayDataset.from_batches((x[i:i + 8].astype(np.float64), labels[i:i + 8]) for i in range(0, 50, 8))
        test = bf.ArrayDataset(x[:10], labels[:10] % 2, like=whole)
        for data in (whole, batches, test):
            np.testing.assert_allclose(data.read(7), (x[7] - x.mean(0)) / x.std(0), atol=1e-5)
            self.assertEqual(data.classes, 3)
        np.testing.assert_array_equal(bf.ArrayDataset(x, labels, standardize=False).read(7), x[7])
        self.assertEqual(bf.ArrayDataset(np.ones((2, 5, 6)), [0, 1]).shape, [1, 5, 6])
        store = bf.Store()
        trainer = bf.Trainer(bf.mlp([8], 3), whole, store, self.scheduler, epochs=2, batch=16, optimizer="lion", ema=0.5)
        trainer.run()
        self.assertTrue(trainer.done)
        self.refuses(
            (lambda: bf.ArrayDataset(x, labels[:3]), "[labels] expected shape [50], got [3]"),
            (lambda: bf.ArrayDataset(x[0], labels), "inputs need shape [N, features]"),
            (lambda: bf.ArrayDataset(x * np.nan, labels), "inputs need to be finite"),
            (lambda: bf.ArrayDataset(x, labels, classes=2), "labels need to be in 0 … 1, got 0 … 2"),
            (lambda: bf.ArrayDataset.from_batches([]), "there is no sample"),
            (lambda: bf.ArrayDataset.from_batches([x]), "a batch needs to be (inputs, labels)"),
            (lambda: bf.ArrayDataset.from_batches([(x, labels), (x[:, :3], labels)]), "of shape [3] follow those of shape [4]"),
            (lambda: bf.ArrayDataset(x[:, :3], labels, like=whole), "are not like those of shape [4]"),
        )

    def test_numbers_of_arrays_are_predicted(self):
        x = np.random.default_rng(1).normal(3, 2, (200, 4))
        y = 1000 + 50 * x[:, 0] - 20 * x[:, 1]
        data = bf.NumberDataset(x, y)
        test = bf.NumberDataset(x[:50] + 0.1, y[:50] + 3, like=data)
        self.assertEqual((len(data), data.classes, data.shape), (200, 0, [4]))
        np.testing.assert_allclose(test.read(7), (x[7] + 0.1 - x.mean(0)) / x.std(0), atol=1e-5)
        store = bf.Store()
        network = lambda v: bf.linear(v, out=1, name="fc")
        bf.Trainer(network, data, store, self.scheduler, epochs=30, batch=20, learning_rate=0.05).run()
        found = bf.Evaluator(network, test, store, self.scheduler).run()
        self.assertLess(found.regression.rmse, 0.2)
        self.assertLessEqual(found.regression.mae, found.regression.rmse)
        self.assertGreater(found.regression.r2, 0.999)
        self.assertRegex(repr(found), r"<Evaluation loss \S+, rmse \S+>")
        self.refuses((lambda: bf.NumberDataset(x, y[:3]), "numbers need shape [200], got [3]"),
                     (lambda: bf.NumberDataset(x, y * np.inf), "to predict"),
                     (lambda: bf.NumberDataset(x[:, :3], y, like=data), "are not like those of shape [4]"),
                     (lambda: bf.NumberDataset(x[:0], y[:0]), "there is no sample"))

    def test_tables_are_a_data_set(self):
        rows = [f"{i},{'red' if i % 2 else 'blue'},{i % 3}.5" for i in range(40)]
        (self.folder / "t.csv").write_text("\n".join(["size,colour,price"] + rows) + "\n")
        train, test = bf.find_dataset(str(self.folder / "t.csv"), target="colour", test_share=0.25)
        self.assertEqual((len(train), len(test), train.class_names), (30, 10, ["blue", "red"]))
        self.assertEqual(train.shape, [2])
        train, _ = bf.find_dataset(str(self.folder / "t.csv"), target="price", task="regression", ignore=["colour"])
        self.assertEqual((train.classes, train.shape), (0, [1]))
        self.refuses((lambda: bf.find_dataset(str(self.folder / "t.csv"), target="weight"), "weight"),
                     (lambda: bf.find_dataset(str(self.folder / "t.csv"), target="price", task="guess"), "guess"))

    def test_images_change_from_epoch_to_epoch(self):
        plain = bf.ImageDataset(*bars())
        data = bf.Augmented(plain, "shift:2,erase:1", seed=5)
        self.assertEqual((len(data), data.classes, data.shape, data.label(3)), (60, 2, [1, 8, 8], plain.label(3)))
        first, again, later = data.read(3), bf.Augmented(plain, "shift:2,erase:1", 5).read(3), data.read(3, 1)
        np.testing.assert_array_equal(first, again)
        self.assertGreater(abs(first - later).max(), 0.1)
        np.testing.assert_allclose(bf.Augmented(plain, "flip:1").read(3)[:, :, ::-1], plain.read(3), atol=1e-5)
        self.refuses((lambda: bf.Augmented(plain, "flop"), "'flop', which is none of"),
                     (lambda: bf.Augmented(plain, "grey"), "the images have no colours"))

    def test_mistakes_in_arrays_are_refused(self):
        images, labels = bars(4)
        self.refuses(
            (lambda: bf.ImageDataset(images, labels[:3]), "[labels] expected shape [4], got [3]"),
            (lambda: bf.ImageDataset(images[0], labels), "images need shape [N, C, H, W] or [N, H, W]"),
            (lambda: bf.ImageDataset(images[:0], labels[:0]), "at least one pixel"),
            (lambda: bf.ImageDataset(images, labels - 1), "labels need to be in 0 … 0"),
            (lambda: bf.ImageDataset(images, labels, classes=1), "labels need to be in 0 … 0, got 0 … 1"),
            (lambda: bf.ImageDataset(images, labels, mean=0.5), "given together"),
            (lambda: bf.ImageDataset(images, labels, mean=0, deviation=0), "deviation above 0"),
            (lambda: bf.ImageDataset(images, labels, mean=[0, 0], deviation=[1, 1]), "images of 1 channels need as many"),
            (lambda: bf.ImageDataset(images, labels).read(4), "sample 4 of 4"),
            (lambda: bf.ImageDataset(images * 0, labels), "all pixels are the same"),
        )


def network(images):
    hidden = bf.relu(bf.batch_norm(bf.conv2d(images, out=4, kernel=3, padding=1, name="conv"), name="bn"))
    return bf.linear(bf.flatten(bf.max_pool2d(hidden)), out=2, name="fc")


class Training(Case):
    def trainer(self, net=network, store=None, **options):
        self.data = bf.ImageDataset(*bars())
        self.store = store or bf.Store()
        return bf.Trainer(net, self.data, self.store, self.scheduler, **{"epochs": 3, "batch": 16, **options})

    def test_a_network_in_python_learns(self):
        trainer = self.trainer(learning_rate=0.05, schedule="cosine")
        reports = []
        trainer.run(after_step=reports.append)
        self.assertTrue(trainer.done)
        self.assertEqual([r.step for r in reports], list(range(1, 13)))
        self.assertEqual([r.samples for r in reports[:4]], [16, 16, 16, 12])
        self.assertEqual((reports[3].ends_epoch, reports[3].epoch, reports[4].epoch), (True, 1, 2))
        result = bf.Evaluator(network, self.data, self.store, self.scheduler, batch=25).run()
        self.assertGreater(result.accuracy, 0.9)
        self.assertLess(result.loss, reports[0].loss)

    def test_training_goes_on_from_a_file_to_the_same_bits(self):
        self.trainer().run()
        whole = {name: self.store[name].tobytes() for name in self.store}
        first = self.trainer()
        first.run(steps=5)
        self.store.save(self.folder / "half")
        store = bf.Store()
        store.load(self.folder / "half")
        second = self.trainer(store=store)
        second.resume(first.steps_done)
        while not second.done:
            second.step()
        self.assertEqual({name: store[name].tobytes() for name in store}, whole)

    def fit(self, **options):
        data = bf.ImageDataset(*bars())
        return bf.fit(network, data, bf.Store(), self.scheduler, **{"epochs": 4, "batch": 16, "lr": 0.05, **options})

    def test_a_whole_run_validates_keeps_the_best_and_tests(self):
        epochs = []
        result = self.fit(val=0.25, test=bf.ImageDataset(*bars()), out=self.folder / "run", after_epoch=epochs.append)
        self.assertEqual([e.epoch for e in epochs], [1, 2, 3, 4])
        best = max(epochs, key=lambda e: e.evaluation.accuracy)
        self.assertEqual((result.best_epoch, result.best_value), (best.epoch, best.evaluation.accuracy))
        self.assertGreater(result.test.accuracy, 0.9)
        self.assertIn("precision", result.report)
        store = bf.Store()
        store.load(self.folder / "run" / "best.safetensors")
        self.assertEqual({n: store[n].tobytes() for n in store}, {n: result.weights[n].tobytes() for n in result.weights})

    def test_a_run_that_an_exception_ends_goes_on_to_the_same_bits(self):
        whole = self.fit(out=self.folder / "whole")

        def fail(report):
            if report.step == 7:
                raise KeyError("enough")

        with self.assertRaisesRegex(Exception, "enough"):
            self.fit(out=self.folder / "cut", checkpoint_every=1, after_step=fail)
        again = self.fit(out=self.folder / "cut", checkpoint_every=1, resume=True)
        self.assertEqual((again.steps, whole.steps, again.best_epoch, again.test), (16, 16, 0, None))
        self.assertEqual(*((self.folder / name / "model.safetensors").read_bytes() for name in ("whole", "cut")))

    def test_mistakes_in_runs_are_refused(self):
        self.fit(out=self.folder / "run", epochs=1)
        self.refuses((lambda: self.fit(out=self.folder / "run"), "has the results of another run"),
                     (lambda: self.fit(patience=2), "patience needs samples to validate with"),
                     (lambda: self.fit(val=1.5), "a share above 0 and below 1"),
                     (lambda: self.fit(epoch=3), "epoch"),
                     (lambda: self.fit(monitor="speed"), "speed"))

    def test_reports_count_answers(self):
        report = bf.ClassificationReport(3, ["a", "b", "c"])
        report.add([[2, 1, 0], [0, 3, 1], [0, 2, 1]], [0, 1, 2])
        self.assertEqual((report.samples, report.accuracy, report.auroc), (3, 2 / 3, None))
        self.assertEqual(report.to_dict()["classes"][1]["precision"], 0.5)
        self.assertIn("accuracy 66.67 %", str(report))
        self.refuses((lambda: report.add([1, 2, 3], [0]), "[report] logits need shape [N, classes], got [3]"),
                     (lambda: report.add([[1, 2, 3]], [3]), "label 3 of 3 classes"))

    def test_a_trained_network_of_the_library_is_a_model(self):
        self.trainer(bf.mlp([12], 2), epochs=8).run()
        metadata = dict(model="mlp", hidden="12", classes="2", image="[1, 8, 8]", mean=str(self.data.mean[0]),
                        deviation=str(self.data.deviation[0]))
        self.store.save(self.folder / "bars", metadata, weights_only=True)
        model = bf.load_model(self.folder / "bars")
        predictor = bf.Predictor(model, self.scheduler)
        images, labels = bars()
        for image, label in zip(images[:4], labels):
            picture = np.repeat(image[:, :, None], 3, 2)
            self.assertEqual(predictor.top(picture, 1)[0][0], label)
        self.assertEqual(predictor.probabilities(picture).shape, (2,))
        self.refuses((lambda: predictor.top(image[:, :, None]), "[predict] expected shape [height, width, 3], got [8, 8, 1]"))

    def test_a_network_of_ones_own_is_described_and_read_back(self):
        self.trainer(learning_rate=0.05).run()
        metadata = bf.describe(network, self.data)
        self.assertEqual({k: v for k, v in metadata.items() if k not in ("network", "classes")}, bf.describe_images(self.data))
        self.assertEqual(bf.describe_images(self.data)["image"], "[1, 8, 8]")
        self.store.save(self.folder / "own", metadata, weights_only=True)
        predictor = bf.Predictor(bf.load_model(self.folder / "own"), self.scheduler)
        images, labels = bars()
        right = [predictor.top(np.repeat(image[:, :, None], 3, 2), 1)[0][0] for image in images] == labels
        self.assertGreater(np.mean(right), 0.9)

        def unusual(images):
            return network(bf.cumulative_sum(images))

        self.refuses((lambda: bf.describe(unusual, self.data), "[describe] the op cumulative_sum"))

    def test_values_of_a_networks_function_may_be_kept(self):
        kept = []

        def keeping(images):
            kept.append(images)
            kept.append(network(images))
            return kept[-1]

        self.trainer(keeping).run(1)
        gc.collect()
        self.assertEqual(kept[1].shape, (kept[0].shape[0], 2))
        self.assertEqual(bf.gradient(kept[1].mean(), kept[0]).shape, kept[0].shape)
        self.refuses((lambda: self.trainer(lambda images: kept[1]), "a value of another graph"))

    def test_mistakes_are_refused_and_exceptions_come_through(self):
        def broken(images):
            raise KeyError("mine")

        self.refuses(
            (lambda: self.trainer(bacth=3), "batch"),
            (lambda: self.trainer(batch=0), "batch needs to be in 1 … 16777216, got 0"),
            (lambda: self.trainer(batch="many"), "batch needs to be a whole number"),
            (lambda: self.trainer(optimizer="lbfgs"), "sgd, adam, adamw, rmsprop or lion"),
            (lambda: self.trainer(momentum=0.9, optimizer="adam"), "momentum has no effect with optimizer adam"),
            (lambda: self.trainer(optimizer="adamw", nesterov=True), "nesterov has no effect with optimizer adamw"),
            (lambda: self.trainer(drop=0.5), "drop has no effect with schedule constant"),
            (lambda: self.trainer(schedule="cosine", drop_every=2), "drop_every has no effect with schedule cosine"),
            (lambda: self.trainer().resume(99), "cannot go on after step 99 of 12"),
            (lambda: self.trainer().run(steps=-1), "steps needs to be ≥ 0"),
        )
        with self.assertRaisesRegex(KeyError, "mine"):
            self.trainer(broken)

        def stop(report):
            raise StopIteration

        trainer = self.trainer()
        self.assertRaises(StopIteration, trainer.run, after_step=stop)
        self.assertEqual(trainer.steps_done, 1)

    def test_ctrl_c_ends_a_run_after_a_step(self):
        trainer = self.trainer(epochs=1_000_000)
        with self.assertRaises(KeyboardInterrupt):
            trainer.run(after_step=lambda report: report.step == 3 and os.kill(os.getpid(), signal.SIGINT))
        self.assertIn(trainer.steps_done, (3, 4))
        self.assertFalse(trainer.done)

    def test_schedules_are_functions_of_the_step(self):
        cosine = bf.Schedule("cosine", rate=0.2, steps=10, warmup=2)
        np.testing.assert_allclose([cosine.at(t) for t in (0, 1, 2, 6)], [0.1, 0.2, 0.2, 0.1], rtol=1e-6)
        self.assertEqual(bf.Schedule().at(100), np.float32(0.1))
        step = bf.Schedule("step", rate=1, steps=9, drop=0.5, drop_every=2, steps_per_epoch=2)
        self.assertEqual([step.at(t) for t in (3, 4, 8)], [1, 0.5, 0.25])
        self.assertAlmostEqual(bf.Schedule("step", rate=1, steps=9).at(1), 0.1, 6)
        self.refuses(
            (lambda: bf.Schedule("linear"), "constant, step, cosine, onecycle or plateau"),
            (lambda: bf.Schedule(rate=-1), "rate"),
            (lambda: bf.Schedule("cosine", drop=0.5), "drop has no effect with kind cosine"),
            (lambda: bf.Schedule(drop_every=2), "drop_every has no effect with kind constant"),
        )


class Dreams(Case):
    def setUp(self):
        super().setUp()
        store, random = bf.Store(), np.random.default_rng(1)
        store["fc1.weight"] = random.normal(size=(3, 3 * 64)).astype(np.float32) / 8
        store["fc1.bias"] = np.zeros(3, np.float32)
        store.save(self.folder / "m", dict(model="mlp", hidden="", classes="3", image="[3, 8, 8]", mean="0.5", deviation="0.25"))
        self.model = bf.load_model(self.folder / "m")

    def dream(self, objective="class:1", **options):
        return bf.Dream(self.model, objective, **{"width": 8, "height": 8, "steps": 12, **options})

    def test_an_image_of_a_class_is_made(self):
        steps = []
        dream = self.dream(normalize="rms", after_step=lambda s: steps.append(s.step))
        dream.run(self.scheduler)
        self.assertEqual((steps, dream.done, dream.steps_done), (list(range(1, 13)), True, 12))
        self.assertEqual((dream.image().shape, dream.image().dtype, dream.planes().shape), ((8, 8, 3), np.uint8, (3, 8, 8)))
        found = dream.measures()
        self.assertEqual(set(found), {"total_variation", "high_frequency_share", "objective", "probability"})
        self.assertGreater(found["objective"], dream.metrics()[0].objective)
        self.assertGreater(bf.Predictor(self.model, self.scheduler).probabilities(dream.image())[1], 0.9)

    def test_options_are_keyword_arguments(self):
        dream = self.dream(preset="homework", jitter=2, scales=[1, 1], clamp=False, learning_rate=0.125)
        options = dream.options
        self.assertEqual([options[k] for k in ("jitter", "scales", "clamp", "learning_rate", "width")], [2, [1, 1], False, 0.125, 8])
        self.assertGreater(options["decay"], 0)
        photo = np.full((8, 8, 3), 100, np.uint8)
        self.assertEqual(bf.Dream(self.model, "class:1", photo=photo).options["start"], "photo")
        self.assertIn("homework", bf.dream_presets())

    def test_a_dream_goes_on_from_a_file(self):
        whole, first, second = self.dream(), self.dream(), self.dream()
        whole.run(self.scheduler)
        second.save(self.folder / "start")
        first.load(self.folder / "start")
        first.run(self.scheduler)
        np.testing.assert_array_equal(first.planes(), whole.planes())
        self.refuses((lambda: self.dream("class:2").load(self.folder / "start"), "class:2"))

    def test_mistakes_are_refused_and_exceptions_come_through(self):
        self.refuses(
            (lambda: self.dream("class:9"), "9"),
            (lambda: self.dream("layer:conv"), "conv"),
            (lambda: self.dream(jiter=3), "jitter"),
            (lambda: self.dream(steps="many"), "steps needs to be a whole number"),
            (lambda: self.dream(steps=0), "steps needs to be"),
            (lambda: self.dream(preset="none"), "homework"),
            (lambda: self.dream(photo=np.zeros((8, 8), np.uint8)), "[photo] expected shape [height, width, 3], got [8, 8]"),
            (lambda: self.dream(width=9).run(self.scheduler), "9"),
        )

        def broken(step):
            raise KeyError("mine")

        with self.assertRaisesRegex(Exception, "mine"):
            self.dream(after_step=broken).run(self.scheduler)

    def test_ctrl_c_ends_a_run(self):
        dream = self.dream(steps=1_000_000, after_step=lambda s: s.step == 3 and os.kill(os.getpid(), signal.SIGINT))
        with self.assertRaises(KeyboardInterrupt):
            dream.run(self.scheduler)
        self.assertFalse(dream.done)


if __name__ == "__main__":
    unittest.main()
