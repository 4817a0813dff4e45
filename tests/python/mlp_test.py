"""mlp.py: values computed by hand, edges, repeated use and errors."""
import copy
import math
import unittest

from judge import autograd, backflow, distances, torch

from mlp import MLP, bce_loss, mse_loss


def small(f="relu", g="identity", b2=-9.0):
    """x (1, 2) → s₁ = (−1, 2.5) → s₂ = (1) with relu and b₂ = −9"""
    net = MLP(2, 2, f, 2, 1, g)
    net.parameters["W1"] = torch.tensor([[1.0, -1.0], [0.5, 0.5]])
    net.parameters["b1"] = torch.tensor([0.0, 1.0])
    net.parameters["W2"] = torch.tensor([[2.0, 4.0]])
    net.parameters["b2"] = torch.tensor([b2])
    return net, torch.tensor([[1.0, 2.0]])


class ByHand(unittest.TestCase):
    def check(self, got, expected):
        torch.testing.assert_close(got, torch.tensor(expected), rtol=1e-6, atol=1e-6)

    def test_relu_identity_mse(self):
        net, x = small()
        y_hat = net.forward(x)
        self.check(y_hat, [[1.0]])
        J, dJdy_hat = mse_loss(torch.tensor([[3.0]]), y_hat)
        self.check(J, 4.0)
        self.check(dJdy_hat, [[-4.0]])
        net.backward(dJdy_hat)
        self.check(net.grads["dJdW2"], [[0.0, -10.0]])
        self.check(net.grads["dJdb2"], [-4.0])
        self.check(net.grads["dJdW1"], [[0.0, 0.0], [-16.0, -32.0]])
        self.check(net.grads["dJdb1"], [0.0, -16.0])

    def test_relu_sigmoid_bce(self):
        net, x = small(g="sigmoid", b2=-10.0)
        y_hat = net.forward(x)
        self.check(y_hat, [[0.5]])
        J, dJdy_hat = bce_loss(torch.tensor([[1.0]]), y_hat)
        self.check(J, math.log(2))
        self.check(dJdy_hat, [[-2.0]])
        net.backward(dJdy_hat)
        self.check(net.grads["dJdW2"], [[0.0, -1.25]])
        self.check(net.grads["dJdb1"], [0.0, -2.0])
        self.check(net.grads["dJdW1"], [[0.0, 0.0], [-2.0, -4.0]])

    def test_tanh_hidden_layer(self):
        net, x = small(f="tanh", b2=0.0)
        a = [math.tanh(-1), math.tanh(2.5)]
        self.check(net.forward(x), [[2 * a[0] + 4 * a[1]]])
        net.backward(torch.ones(1, 1))
        self.check(net.grads["dJdW2"], [a])
        self.check(net.grads["dJdb1"], [2 * (1 - a[0] ** 2), 4 * (1 - a[1] ** 2)])

    def test_means_are_over_all_elements(self):
        J, d = mse_loss(torch.zeros(2, 3), torch.tensor([[1.0, 2, 3], [4, 5, 6]]))
        self.check(J, 91 / 6)
        self.check(d, [[1 / 3, 2 / 3, 1.0], [4 / 3, 5 / 3, 2.0]])

    def test_soft_labels(self):
        J, d = bce_loss(torch.tensor([[0.25]]), torch.tensor([[0.75]]))
        self.check(J, -(0.25 * math.log(0.75) + 0.75 * math.log(0.25)))
        self.check(d, [[0.5 / (0.75 * 0.25)]])

    def test_prediction_equal_to_label(self):
        y = torch.tensor([[0.0, 0.25, 0.5, 1.0]])
        J, d = mse_loss(y, y)
        self.check(J, 0.0)
        self.check(d, [[0.0] * 4])
        J, d = bce_loss(y, y)
        self.check(J, -(0.25 * math.log(0.25) + 0.75 * math.log(0.75) + math.log(0.5)) / 4)
        self.check(d, [[0.0] * 4])

    def test_predictions_of_exactly_0_and_1(self):
        y, y_hat = torch.tensor([[1.0, 0, 0.5, 0.5]]), torch.tensor([[0.0, 1, 0, 1]])
        J, d = bce_loss(y, y_hat)
        self.check(J, (100.0 + 100 + 50 + 50) / 4)
        torch.testing.assert_close(d, torch.tensor([[-1e12, 1e12, -0.5e12, 0.5e12]]) / 4)

    def test_the_gradient_of_bce_has_the_bits_of_pytorch(self):
        for seed in range(200):
            torch.manual_seed(seed)
            y, z = torch.rand(2, 5), torch.randn(2, 5) * 10
            y_hat = torch.sigmoid(z).requires_grad_()
            torch.nn.functional.binary_cross_entropy(y_hat, y).backward()
            self.assertTrue(torch.equal(bce_loss(y, y_hat.detach())[1], y_hat.grad), f"seed {seed}")


class Use(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)
        self.net = MLP(2, 20, "relu", 20, 5, "sigmoid")
        self.x, self.y = torch.randn(10, 2), torch.rand(10, 5)

    def agree(self, net=None, x=None, y=None):
        net, x, y = net or self.net, self.x if x is None else x, self.y if y is None else y
        self.assertEqual(distances(net, "bce", x, y)[1], {})

    def test_it_begins_with_normal_parameters_zero_gradients_and_an_empty_cache(self):
        net = MLP(
            linear_1_in_features=100,
            linear_1_out_features=200,
            f_function="relu",
            linear_2_in_features=200,
            linear_2_out_features=50,
            g_function="identity",
        )
        shapes = {name: tuple(p.shape) for name, p in net.parameters.items()}
        self.assertEqual(shapes, {"W1": (200, 100), "b1": (200,), "W2": (50, 200), "b2": (50,)})
        for name, p in net.parameters.items():
            self.assertEqual(p.dtype, torch.float32)
            self.assertLess(abs(float(p.mean())), 0.3)
            self.assertLess(abs(float(p.std()) - 1), 0.3)
            self.assertEqual(net.grads["dJd" + name].shape, p.shape)
            self.assertEqual(float(net.grads["dJd" + name].abs().max()), 0)
        self.assertEqual(net.cache, {})

    def test_clearing_zeroes_the_same_tensors_and_empties_the_cache(self):
        backflow(self.net, "bce", self.x, self.y)
        before = dict(self.net.grads)
        self.assertTrue(self.net.cache)
        self.net.clear_grad_and_cache()
        for name, gradient in self.net.grads.items():
            self.assertIs(gradient, before[name])
            self.assertEqual(float(gradient.abs().max()), 0)
        self.assertEqual(self.net.cache, {})

    def test_a_second_use_after_clear_is_like_the_first(self):
        first = {name: value.clone() for name, value in backflow(self.net, "bce", self.x, self.y).items()}
        backflow(self.net, "bce", -self.x, 1 - self.y)
        second = backflow(self.net, "bce", self.x, self.y)
        for name in first:
            self.assertTrue(torch.equal(first[name], second[name]), name)

    def test_results_are_not_overwritten_by_the_next_call(self):
        y_hat = self.net.forward(self.x)
        J, d = mse_loss(self.y, y_hat)
        kept = [t.clone() for t in (y_hat, J, d)]
        mse_loss(self.y, self.net.forward(2 * self.x))
        for now, before in zip((y_hat, J, d), kept):
            self.assertTrue(torch.equal(now, before))

    def test_replaced_parameters_are_used(self):
        self.net.parameters["W1"] = torch.randn(20, 2)
        self.net.parameters["b2"] = torch.randn(5)
        self.agree()

    def test_edited_parameters_are_used(self):
        self.agree()
        self.net.parameters["W2"][2] *= 3
        self.net.parameters["b1"].zero_()
        self.agree()

    def test_parameters_shared_with_a_torch_module_are_used(self):
        self.net.parameters["W1"] = torch.nn.Parameter(torch.randn(20, 2))
        self.net.parameters["W2"] = torch.randn(20, 5).T
        self.agree()

    def test_backward_belongs_to_the_last_forward(self):
        expected = autograd(self.net, "mse", self.x, self.y)
        other = MLP(2, 20, "relu", 20, 5, "sigmoid")
        y_hat = self.net.forward(self.x)
        other.forward(self.x)
        self.net.parameters["W2"].zero_()
        self.net.backward(mse_loss(self.y, y_hat)[1])
        for name, gradient in self.net.grads.items():
            torch.testing.assert_close(gradient, expected[name])

    def test_batch_sizes_may_change(self):
        for batch in (10, 3, 1, 10, *range(20, 60), 10, 3):
            self.agree(x=torch.randn(batch, 2), y=torch.rand(batch, 5))

    def test_inputs_may_have_any_order_and_type(self):
        self.agree(x=torch.randn(2, 10).T)
        self.agree(x=torch.randn(10, 4)[:, ::2], y=torch.rand(20, 5)[::2])
        self.agree(x=torch.randn(10, 2).double(), y=torch.randint(0, 2, (10, 5)))
        self.agree(x=torch.randn(10, 2, requires_grad=True))

    def test_no_result_asks_for_autograd(self):
        for name, value in backflow(self.net, "bce", self.x, self.y).items():
            self.assertFalse(value.requires_grad, name)

    def test_numpy_arrays_are_taken(self):
        x, y = self.x.numpy(), self.y.numpy()
        y_hat = self.net.forward(x)
        self.assertTrue(torch.equal(y_hat, self.net.forward(self.x)))
        J, d = bce_loss(y, y_hat.numpy())
        self.assertTrue(torch.equal(J, bce_loss(self.y, y_hat)[0]))
        self.net.backward(d.numpy())
        self.assertGreater(float(self.net.grads["dJdW1"].norm()), 0)

    def test_a_deep_copy_goes_on_by_itself(self):
        expected = backflow(self.net, "bce", self.x, self.y)["dJdW1"].clone()
        other = copy.deepcopy(self.net)
        self.net.parameters["W1"].zero_()
        self.assertEqual(other.cache, {})
        self.assertTrue(torch.equal(other.grads["dJdW1"], expected))
        self.agree(other)
        self.assertTrue(torch.equal(backflow(other, "bce", self.x, self.y)["dJdW1"], expected))

    def test_a_default_of_float64_gives_float64(self):
        torch.set_default_dtype(torch.float64)
        self.addCleanup(torch.set_default_dtype, torch.float32)
        net, x, y = MLP(2, 20, "relu", 20, 5, "sigmoid"), torch.randn(10, 2), torch.rand(10, 5)
        for name, value in backflow(net, "bce", x, y).items():
            self.assertEqual(value.dtype, torch.float64, name)
        self.agree(net, x, y)

    def test_training_lowers_the_loss(self):
        losses = []
        for _ in range(200):
            losses.append(float(backflow(self.net, "bce", self.x, (self.y > 0.5).float())["J"]))
            for name, p in self.net.parameters.items():
                p -= 0.3 * self.net.grads["dJd" + name]
        self.assertLess(losses[-1], 0.5 * losses[0])


class Errors(unittest.TestCase):
    def says(self, part, action):
        with self.assertRaises(ValueError) as raised:
            action()
        self.assertIn(part, str(raised.exception))

    def test_unknown_functions(self):
        self.says("unknown function 'elu'; there are relu, sigmoid, tanh, identity", lambda: MLP(2, 3, "elu", 3, 1, "relu"))
        self.says("unknown function None", lambda: MLP(2, 3, "relu", 3, 1, None))

    def test_sizes_that_do_not_fit(self):
        net = MLP(2, 3, "relu", 3, 1, "relu")
        self.says("linear_2_in_features is 4, but the first layer has 3 outputs", lambda: MLP(2, 3, "relu", 4, 1, "relu"))
        self.says("[x] expected shape [5, 2], got [5, 3]", lambda: net.forward(torch.zeros(5, 3)))
        self.says("x needs shape (batch, 2), got (2,)", lambda: net.forward(torch.zeros(2)))
        net.forward(torch.zeros(5, 2))
        self.says("[dJdy_hat] expected shape [5, 1], got [5, 2]", lambda: net.backward(torch.zeros(5, 2)))
        net.parameters["W1"] = torch.zeros(2, 3)
        self.says("[W1] expected shape [3, 2], got [2, 3]", lambda: net.forward(torch.zeros(5, 2)))
        for loss in (mse_loss, bce_loss):
            self.says("y has shape (2, 3), but y_hat (3, 2)", lambda: loss(torch.zeros(2, 3), torch.zeros(3, 2)))

    def test_an_empty_batch(self):
        net = MLP(2, 3, "relu", 3, 1, "relu")
        self.says("x has shape (0, 2): a batch needs at least one row", lambda: net.forward(torch.zeros(0, 2)))
        self.says("bce_loss of shape (0, 1) has no elements", lambda: bce_loss(torch.zeros(0, 1), torch.zeros(0, 1)))

    def test_backward_without_forward(self):
        net = MLP(2, 3, "relu", 3, 1, "relu")
        self.says("backward needs a forward before it", lambda: net.backward(torch.zeros(5, 1)))
        net.forward(torch.zeros(5, 2))
        net.clear_grad_and_cache()
        self.says("backward needs a forward before it", lambda: net.backward(torch.zeros(5, 1)))

    def test_predictions_that_are_no_probabilities(self):
        y = torch.zeros(1, 3)
        for bad in (-0.1, 1.1, math.nan, math.inf):
            self.says("bce_loss", lambda: bce_loss(y, torch.tensor([[0.5, bad, 0.5]])))
        self.assertEqual(float(bce_loss(y, y)[0]), 0)  # usable after an error


if __name__ == "__main__":
    unittest.main()
