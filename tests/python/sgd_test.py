"""sgd.py: its parts by hand, gradient descent on a small network beside torch autograd, and the program."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import backflow as bf
import numpy as np
from judge import F, torch

import sgd

try:
    import torchvision
except ImportError:
    torchvision = None

OFF = dict(blur_image=False, clamp=False, weight_decay=False, blur_gradient=False, scales=False, clip_gradient=False)
SHARED = pathlib.Path(os.environ.get("BACKFLOW_SHARED", pathlib.Path(__file__).resolve().parent / "../../../shared"))


class Network:
    """conv 3×3 – tanh – mean of each of 4 channels"""

    weights = np.random.default_rng(1).normal(size=(4, 3, 3, 3)).astype(np.float32)

    def __call__(self, image):
        return bf.reduce_mean(self.layer(image, "hidden"), axes=[2, 3])

    def layer(self, image, name):
        w = image.graph.constant("w", self.weights.shape, bf.from_values(self.weights))
        return bf.tanh(bf.conv2d(image, w, padding=1))

    def in_torch(self, image):
        return torch.tanh(F.conv2d(image, torch.from_numpy(self.weights), padding=1)).mean((2, 3))


def loss(tensor):
    return tensor[0, 2].mean()


def start(size=24):
    return (np.random.default_rng(2).normal(size=(1, 3, size, size)) * 8 + 128) / 255


def roughness(image):
    return float(np.abs(np.diff(image, axis=3)).mean())


class Parts(unittest.TestCase):
    def test_it_jitters_by_what_the_course_draws_and_normalises(self):
        image = start()
        np.random.seed(3)
        got = sgd.normalize_and_jitter(image, step=8)
        np.random.seed(3)
        dx, dy = np.random.randint(-8, 7, 2)
        rolled = np.roll(image, (dy, dx), (2, 3))
        expected = (rolled - sgd.MEAN[:, None, None]) / sgd.STD[:, None, None]
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)

    def test_its_gradient_is_rolled_back_and_divided_by_the_deviation(self):
        graph = bf.Graph()
        image, shift = graph.input("image", [1, 3, 9, 7]), graph.input("shift", [1, 2], "s32")
        seed = graph.input("seed", [1, 3, 9, 7])
        graph.output("d", bf.gradient([sgd.normalize_and_jitter(image, shift=shift)], [image], [seed])[0])
        flow = bf.Flow(graph, bf.Store(), bf.Scheduler(1))
        values = np.random.default_rng(4).normal(size=(1, 3, 9, 7))
        flow.run(shift=[[2, -3]], seed=values)
        expected = np.roll(values, (-2, 3), (2, 3)) / sgd.STD[:, None, None]
        np.testing.assert_allclose(flow.output("d"), expected, rtol=1e-5)

    def test_an_activation_is_that_of_the_named_layer(self):
        image = start()
        got = sgd.forward_and_return_activation(Network(), image, "hidden")
        x = torch.from_numpy(image).float()
        expected = torch.tanh(F.conv2d(x, torch.from_numpy(Network.weights), padding=1))
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)

    def test_a_picture_is_written_and_read_again(self):
        with tempfile.TemporaryDirectory() as folder:
            sgd.save_img(np.full((1, 3, 4, 5), [[[[0.2]], [[1.5]], [[-1]]]][0]), f"{folder}/a.png")
            np.testing.assert_array_equal(bf.read_image(f"{folder}/a.png"), np.full((4, 5, 3), [51, 255, 0]))

    def test_pixels_are_cut_to_whole_numbers_as_the_starter_does(self):
        with tempfile.TemporaryDirectory() as folder:
            sgd.save_img(np.full((1, 3, 2, 2), 0.999), f"{folder}/a.png")
            np.testing.assert_array_equal(bf.read_image(f"{folder}/a.png"), np.full((2, 2, 3), 254))


class Descent(unittest.TestCase):
    def descend(self, iterations=12, image=None, **switches):
        np.random.seed(5)
        image = start() if image is None else image
        return sgd.gradient_descent(image, Network(), loss, iterations, step=4, **{**OFF, **switches})

    def test_without_tricks_it_takes_the_steps_that_torch_autograd_would(self):
        got = self.descend()
        np.random.seed(5)
        image = torch.from_numpy(start()).float()
        mean, std = (torch.from_numpy(a).float()[:, None, None] for a in (sgd.MEAN, sgd.STD))
        for i in range(12):
            dx, dy = np.random.randint(-4, 3, 2)
            image.requires_grad_()
            loss(Network().in_torch((image.roll((int(dy), int(dx)), (2, 3)) - mean) / std)).backward()
            g = image.grad
            image = (image + 0.02 * (1 - i / 24) * g / g.square().mean().sqrt()).detach()
        self.assertLess(float((torch.from_numpy(got) - image).abs().max()), 1e-4)

    def test_each_iteration_raises_the_objective(self):
        def objective(image):
            return float(loss(Network().in_torch(torch.from_numpy(sgd.normalize(image)))))

        values = [objective(start())] + [objective(self.descend(n, scales=True)) for n in (3, 12, 48)]
        self.assertEqual(values, sorted(values))
        self.assertGreater(values[-1], values[0] + 0.2)

    def test_clamping_keeps_pixels_in_bounds(self):
        self.assertGreater(float(np.abs(self.descend(200) - 0.5).max()), 0.6)
        clamped = self.descend(200, clamp=True)
        self.assertEqual((float(clamped.min()), float(clamped.max())), (0, 1))

    def test_both_blurs_make_the_image_smoother(self):
        plain = roughness(self.descend())
        self.assertLess(roughness(self.descend(blur_image=True)), 0.9 * plain)
        self.assertLess(roughness(self.descend(blur_gradient=True)), 0.9 * plain)

    def test_decay_draws_pixels_to_grey(self):
        far = np.ones((1, 3, 24, 24))
        apart = np.abs(self.descend(image=far, weight_decay=True).mean() - 0.45)
        self.assertLess(apart, np.abs(self.descend(image=far).mean() - 0.45) - 0.005)

    def test_a_clipped_gradient_moves_no_pixel_further_than_three_steps(self):
        spike = np.full((1, 3, 24, 24), 0.45)
        spike[0, :, 12, 12] = 40  # tanh is saturated everywhere near it
        for clip in (False, True):
            moved = np.abs(self.descend(1, spike, clip_gradient=clip) - spike).max()
            self.assertEqual(bool(moved <= 3 * 0.02 * 1.001), clip)

    def test_scales_begin_small(self):
        sizes = []

        class Watched(Network):
            def layer(self, image, name):
                sizes.append(image.shape[2:])
                return super().layer(image, name)

        np.random.seed(5)
        sgd.gradient_descent(start(20), Watched(), loss, 3)
        self.assertEqual(sizes, [(10, 10), (14, 14), (20, 20)])

    def test_torch_tensors_come_back_as_such(self):
        image = torch.from_numpy(start())
        got = self.descend(image=image)
        self.assertEqual((type(got), got.dtype, got.requires_grad), (torch.Tensor, torch.float64, False))
        np.testing.assert_array_equal(got.float(), self.descend())

    def test_the_same_seed_gives_the_same_bits(self):
        self.assertEqual(self.descend(blur_image=True).tobytes(), self.descend(blur_image=True).tobytes())

    def test_mistakes_are_value_errors(self):
        for mistake, part in (
            (lambda: self.descend(0), "iterations needs to be at least 1, got 0"),
            (lambda: self.descend(image=np.zeros((3, 8, 8))), "an image needs shape (1, 3, height, width), got (3, 8, 8)"),
            (lambda: self.descend(image=np.full((1, 3, 8, 8), np.nan)), "NaN"),
            (lambda: sgd.gradient_descent(start(), Network(), lambda t: t[0, 4].mean(), 1), "4 is not in the 4 elements"),
            (lambda: sgd.Classifier("missing.onnx"), "missing.onnx"),
        ):
            with self.subTest(expected=part):
                with self.assertRaises((ValueError, IndexError)) as raised:
                    mistake()
                self.assertIn(part, str(raised.exception))


@unittest.skipUnless(torchvision, "needs torchvision (Debian package python3-torchvision)")
class TorchModels(unittest.TestCase):
    """Networks of torchvision with random weights and statistics: their parameters are read, the arithmetic is ours."""

    def network(self, make):
        torch.manual_seed(1)
        network = make()
        for m in network.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                m.running_mean.normal_(0, 0.1), m.running_var.uniform_(0.5, 2), m.weight.data.uniform_(0.5, 2)
        return network.eval()

    def close(self, got, expected):
        distance = np.linalg.norm(np.asarray(got) - expected.detach().numpy()) / float(expected.norm())
        self.assertLess(distance, 1e-5)

    def test_logits_and_layers_are_those_of_torch(self):
        x = torch.randn(1, 3, 64, 48)
        for make in (lambda: torchvision.models.resnet18(num_classes=7), lambda: torchvision.models.resnet50(num_classes=7)):
            network = self.network(make)
            self.close(sgd.TorchClassifier(network)(x), network(x))
            head = torch.nn.Sequential(*list(network.children())[:6])  # up to layer2
            for module in (network.layer2, "layer2"):
                self.close(sgd.forward_and_return_activation(network, x, module), head(x))

    def test_a_layer_of_a_vgg_is_that_of_torch(self):
        network = self.network(lambda: torchvision.models.vgg11_bn(num_classes=3))
        x = torch.randn(1, 3, 64, 64)
        self.close(sgd.forward_and_return_activation(network, x, network.features[11]), network.features[:12](x))

    def test_descent_raises_the_logit_that_torch_computes(self):
        network = self.network(lambda: torchvision.models.resnet18(num_classes=7))
        image = torch.from_numpy(start(32)).float()
        np.random.seed(1)
        found = sgd.gradient_descent(image, network, loss, 12, step=4)
        mean, std = (torch.from_numpy(a).float()[:, None, None] for a in (sgd.MEAN, sgd.STD))
        logit = [float(network((img - mean) / std)[0, 2]) for img in (image, found)]
        self.assertGreater(logit[1], logit[0] + 0.1)

    def test_what_cannot_be_is_a_sentence(self):
        training = torchvision.models.resnet18(num_classes=7)
        odd = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.PReLU()).eval()
        other = self.network(lambda: torchvision.models.resnet18(num_classes=7))
        for mistake, part in (
            (lambda: sgd.TorchClassifier(training), "call its eval() first"),
            (lambda: sgd.TorchClassifier(odd)(start()), "torch's PReLU ('1') has no counterpart here"),
            (lambda: sgd.forward_and_return_activation(other, start(), training.layer1), "the model has no submodule"),
            (lambda: sgd.forward_and_return_activation(other, start(), "layer9"), "no submodule 'layer9'"),
        ):
            with self.subTest(expected=part), self.assertRaises(ValueError) as raised:
                mistake()
            self.assertIn(part, str(raised.exception))

    def test_the_program_reads_weights_of_torchvision(self):
        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/weights.pth"
            torch.save(torchvision.models.resnet18().state_dict(), file)
            options = ("--labels", "5", "--iterations", "3", "--size", "48", "--out", folder)
            command = [sys.executable, sgd.__file__, file, *options]
            run = subprocess.run([*command, "--arch", "resnet18"], capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertIn("ANSWER_FOR_LABEL_5: ", run.stdout)
            for arch, part in (("vgg11", "no weights of vgg11"), ("", "--arch needs the name of its network")):
                run = subprocess.run([*command, *(["--arch", arch] if arch else [])], capture_output=True, text=True)
                self.assertEqual((run.returncode, run.stderr.count("\n")), (1, 1), run.stderr)
                self.assertIn(part, run.stderr)


class Program(unittest.TestCase):
    def run_program(self, *arguments):
        return subprocess.run([sys.executable, sgd.__file__, *arguments], capture_output=True, text=True)

    def test_it_writes_an_image_for_each_label_and_says_how_sure_the_network_is(self):
        model = SHARED / "models/squeezenet1_0.onnx"
        if not model.exists():
            self.skipTest(f"{model} is not there")
        with tempfile.TemporaryDirectory() as folder:
            run = self.run_program(str(model), "--labels", "954,88", "--iterations", "64", "--out", folder)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            answers = dict(line.split(": ") for line in run.stdout.splitlines())
            for label in (954, 88):
                self.assertGreater(float(answers[f"ANSWER_FOR_LABEL_{label}_NORMALISED"]), 0.5)
                self.assertTrue(0 <= float(answers[f"ANSWER_FOR_LABEL_{label}"]) <= 1)
                self.assertEqual(bf.read_image(f"{folder}/img_{label}.jpg").shape, (224, 224, 3))

    def test_without_an_argument_it_takes_a_model_beside_it(self):
        model = SHARED / "models/squeezenet1_0.onnx"
        if not model.exists():
            self.skipTest(f"{model} is not there")
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(model, f"{folder}/squeezenet1_0.onnx")
            command = [sys.executable, sgd.__file__, "--iterations", "3", "--size", "64"]
            run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            for label in (0, 12, 954):
                self.assertIn(f"ANSWER_FOR_LABEL_{label}: ", run.stdout)
                self.assertTrue(os.path.exists(f"{folder}/img_{label}.jpg"))

    def test_mistakes_are_one_line(self):
        for arguments, code in (
            (["missing.onnx"], 1),
            (["missing.onnx", "--labels", "one"], 2),
            (["missing.onnx", "--labels=-1"], 2),
        ):
            run = self.run_program(*arguments)
            self.assertEqual(run.returncode, code, run.stderr)
            self.assertNotIn("Traceback", run.stderr)


if __name__ == "__main__":
    unittest.main()
