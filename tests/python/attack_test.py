"""Attacks and certified radii from Python."""
import unittest

import backflow as bf
import numpy as np


def network(pixels):
    return bf.linear(bf.relu(bf.linear(bf.flatten(pixels), out=8, name="hidden")), out=3, name="fc")


class Attack(unittest.TestCase):
    def setUp(self):
        self.scheduler, self.store = bf.Scheduler(threads=2), bf.Store(seed=3)
        self.images = np.random.default_rng(1).uniform(0, 1, (9, 1, 4, 4)).astype(np.float32)
        self.labels = self.predicted(self.images)

    def predicted(self, images):
        graph = bf.Graph()
        graph.output("logits", network(graph.input("x", list(images.shape))))
        flow = bf.Flow(graph, self.store, self.scheduler)
        flow.run(x=images)
        return flow.output("logits").argmax(1)

    def attack(self, **options):
        return bf.attack(network, self.images, self.labels, self.scheduler, store=self.store, **options)

    def test_every_method_fools_and_stays_in_the_ball(self):
        for norm, eps in (("linf", 0.6), ("l2", 2.5)):
            for method in ("fgsm", "pgd", "mim", "deepfool", "square") + (("cw",) if norm == "l2" else ()):
                with self.subTest(method=method, norm=norm):
                    found = self.attack(norm=norm, eps=eps, method=method)
                    apart = np.abs(found["images"].astype(np.float64) - self.images)
                    size = apart.max((1, 2, 3)) if norm == "linf" else np.sqrt((apart**2).sum((1, 2, 3)))
                    self.assertLessEqual(size.max(), np.float32(eps))
                    self.assertTrue(((found["images"] >= 0) & (found["images"] <= 1)).all())
                    np.testing.assert_allclose(found["distances"], size, rtol=1e-12)
                    np.testing.assert_array_equal(found["predictions"], self.predicted(found["images"]))
                    np.testing.assert_array_equal(found["fooled"], found["predictions"] != self.labels)
                    self.assertGreater(found["fooled"].mean(), 0.8)

    def test_bytes_are_pixels_over_255(self):
        pixels = (self.images * 255).astype(np.uint8)
        found = bf.attack(network, pixels, self.labels, self.scheduler, store=self.store, eps=0.01, method="fgsm")
        self.assertLessEqual(np.abs(found["images"] - pixels / np.float32(255)).max(), 0.0101)

    def test_radii_are_certified(self):
        found = bf.certify(network, self.images, self.labels, self.scheduler, store=self.store, sigma=0.1, copies=500)
        self.assertEqual(found["abstained"], (found["predictions"] == -1).sum())
        self.assertEqual((found["radii"] > 0).sum(), (found["predictions"] >= 0).sum())
        self.assertGreater(found["mean_radius"], 0)

    def test_mistakes_are_value_errors(self):
        for options, part in (({"method": "pdg"}, "fgsm, pgd"), ({"norm": "l1"}, "linf or l2"), ({"steps": -1}, "steps"),
                              ({"setps": 1}, "steps"), ({"eps": float("nan")}, "radius"), ({"method": "cw"}, "l2")):
            with self.assertRaisesRegex(ValueError, part):
                self.attack(**options)
        with self.assertRaisesRegex(ValueError, "N labels"):
            bf.attack(network, self.images, self.labels[:3], self.scheduler, store=self.store)
        with self.assertRaisesRegex(ValueError, "0 … 1"):
            bf.attack(network, self.images * 2, self.labels, self.scheduler, store=self.store)
        with self.assertRaisesRegex(ValueError, "store"):
            bf.attack(network, self.images, self.labels, self.scheduler)
        with self.assertRaisesRegex(ValueError, "sigma"):
            bf.certify(network, self.images, self.labels, self.scheduler, store=self.store, sigma=0)


if __name__ == "__main__":
    unittest.main()
