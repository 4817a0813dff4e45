"""bf.attribution: values, maps and pictures of explanations, and what is refused."""
import tempfile
import unittest

import backflow as bf
import numpy as np

METHODS = ["saliency", "smoothgrad", "gradient-x-input", "integrated", "grad-cam", "guided", "occlusion", "rise"]


def trained_model(scheduler, folder):
    """Tells images of 8 × 8 with a bright row 2 from those with a bright row 5."""
    random = np.random.default_rng(1)
    pixels, which = random.integers(0, 100, (64, 8, 8), np.uint8), np.arange(64) % 2
    pixels[which == 0, 2] += 120
    pixels[which == 1, 5] += 120
    data, store = bf.ImageDataset(pixels, which), bf.Store(seed=1)
    network = bf.cnn(classes=2)
    bf.Trainer(network, data, store, scheduler, epochs=12, batch=16).run()
    store.save(folder + "/model.safetensors", bf.describe(network, data), weights_only=True)
    return bf.load_model(folder + "/model.safetensors"), np.repeat(pixels[1, :, :, None], 3, axis=2)


class Explanations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scheduler, cls.folder = bf.Scheduler(threads=2), tempfile.TemporaryDirectory()
        cls.model, cls.image = trained_model(cls.scheduler, cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_method_gives_a_map(self):
        for method in METHODS:
            why = bf.attribution(self.model, self.image, 1, method, self.scheduler, masks=50, samples=8)
            self.assertEqual((why.method, why.target, why.map.shape, why.map.dtype), (method, 1, (8, 8), np.float32))
            self.assertGreater(np.abs(why.map).max(), 0)
            self.assertEqual(why.heat_map.shape, (8, 8, 3))
            self.assertEqual(why.overlay(bf.shown_photo(self.model, self.image)).shape, (448, 448, 3))

    def test_the_pixels_that_make_the_class_count_most(self):
        why = bf.attribution(self.model, self.image, method="integrated", scheduler=self.scheduler)
        self.assertEqual(why.target, 1)
        self.assertGreater(why.probability, 0.9)
        rows = np.abs(why.map).sum(1)
        self.assertIn(rows.argmax(), (2, 5))  # the row that is bright, or the one that is not
        total, difference = why.completeness
        self.assertAlmostEqual(total, why.values.sum(), places=3)
        self.assertAlmostEqual(total / difference, 1, delta=0.05)

    def test_values_agree_with_a_graph_of_one_s_own(self):
        why = bf.attribution(self.model, self.image, 1, "gradient-x-input", self.scheduler)
        gradient = bf.attribution(self.model, self.image, 1, "saliency", self.scheduler)
        graph = bf.Graph()
        x = graph.input("x", [1, 1, 8, 8])
        logits, _ = self.model.build(x)
        graph.output("dx", bf.gradient(logits[0, 1], x))
        flow = bf.Flow(graph, bf.Store(seed=1), self.scheduler)
        seen = np.divide(why.values, gradient.values, out=np.zeros_like(why.values), where=gradient.values != 0)
        flow.run(x=seen[None])
        np.testing.assert_allclose(flow.output("dx")[0], gradient.values, rtol=1e-3, atol=1e-4 * np.abs(gradient.values).max())

    def test_an_explainer_scores_maps(self):
        explainer = bf.Explainer(self.model, self.scheduler, steps=16)
        why = explainer.attribution(self.image, 1, "integrated")
        scores = explainer.faithfulness(self.image, 1, why.map, steps=8)
        self.assertEqual(len(scores["deletion_curve"]), 9)
        self.assertLess(scores["deletion"], scores["insertion"])
        self.assertEqual(explainer.layers[-1], "pool2")
        self.assertAlmostEqual(bf.rank_correlation(why.map.ravel(), why.map.ravel()), 1)

    def test_what_is_wrong_is_named(self):
        for wanted, arguments in (("method needs to be saliency", {"method": "magic"}), ("there is no class 2", {"target": 2}),
                                  ("steps needs to be in 1 … 4096", {"steps": 0}), ("there is no option 'step'", {"step": 3}),
                                  ("there is no layer 'conv9'", {"method": "grad-cam", "layer": "conv9"})):
            with self.assertRaisesRegex(ValueError, wanted):
                bf.attribution(self.model, self.image, **({"target": 1} | arguments), scheduler=self.scheduler)


if __name__ == "__main__":
    unittest.main()
