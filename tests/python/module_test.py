"""The Python module: graphs, flows, shared memory, lifetimes and errors."""
import concurrent.futures
import gc
import os
import tempfile
import unittest

import backflow as bf
import numpy as np


def line(scheduler, initial=None):
    """y = x wᵀ with its gradients by x and w; returns the flow and its store."""
    g = bf.Graph()
    x = g.input("x", [3, 2])
    w = g.parameter("w", [4, 2], initial or bf.from_values(np.arange(8)))
    y = bf.linear(x, w)
    seed = g.input("seed", [3, 4])
    dx, dw = bf.gradient([y], [x, w], [seed])
    for name, value in {"y": y, "dx": dx, "dw": dw}.items():
        g.output(name, value)
    store = bf.Store(seed=7)
    return bf.Flow(g, store, scheduler), store


class Module(unittest.TestCase):
    def setUp(self):
        self.scheduler = bf.Scheduler(threads=1)
        self.x = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
        self.w = np.arange(8, dtype=np.float32).reshape(4, 2)

    def test_a_flow_computes_values_and_gradients(self):
        flow, _ = line(self.scheduler)
        seed = np.ones((3, 4), np.float32)
        flow.run(x=self.x, seed=seed)
        np.testing.assert_array_equal(flow.output("y"), self.x @ self.w.T)
        np.testing.assert_array_equal(flow.output("dx"), seed @ self.w)
        np.testing.assert_array_equal(flow.output("dw"), seed.T @ self.x)

    def test_a_value_tells_shape_type_and_name(self):
        g = bf.Graph()
        x = g.input("x", [3, 2])
        self.assertEqual((x.shape, x.type, x.name, repr(x)), ((3, 2), "f32", "x", "<x [3, 2]>"))
        self.assertEqual([p.name for p in g.parameters()], [])

    def test_inputs_and_outputs_are_memory_of_the_flow(self):
        flow, _ = line(self.scheduler)
        flow.input("x")[:] = self.x
        y = flow.output("y")
        flow.run(seed=np.zeros((3, 4)))
        np.testing.assert_array_equal(y, self.x @ self.w.T)
        flow.input("x")[:] = 0
        flow.run()
        self.assertEqual(np.abs(y).max(), 0)

    def test_a_second_thread_cannot_use_a_flow(self):
        flow, _ = line(self.scheduler)
        flow.run(x=self.x)
        with concurrent.futures.ThreadPoolExecutor(1) as other:
            for use in (flow.run, lambda: flow.output("y")):
                with self.assertRaisesRegex(ValueError, "another thread uses this flow"):
                    other.submit(use).result()
        flow.run()

    def test_a_forked_process_gets_an_error_and_ends(self):
        flow, store = line(bf.Scheduler(threads=2))
        flow.run(x=self.x)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                flow.run(x=self.x)
            except ValueError as error:
                os.write(write, str(error).encode())
            own, _ = line(bf.Scheduler(threads=2))
            own.run(x=self.x)
            os.write(write, b"; own" if np.array_equal(own.output("y"), flow.output("y")) else b"; wrong")
            del flow, store, own
            gc.collect()
            os._exit(0)
        os.close(write)
        with open(read, "rb") as pipe:  # ends with the child
            said = pipe.read().decode()
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertRegex(said, "not to one forked since.*; own$")

    def test_a_bound_array_is_read_without_a_copy(self):
        flow, _ = line(self.scheduler)
        flow.bind("x", self.x)
        self.assertTrue(np.shares_memory(flow.input("x"), self.x))
        self.x[0, 0] = 100
        flow.run()
        np.testing.assert_array_equal(flow.output("y"), self.x @ self.w.T)
        flow.run(x=np.zeros((3, 2)))
        self.assertEqual(np.abs(self.x).max(), 0)

    def test_a_bound_array_outlives_its_variable(self):
        flow, _ = line(self.scheduler)
        flow.bind("x", self.x.copy())
        gc.collect()
        flow.run()
        np.testing.assert_array_equal(flow.output("y"), self.x @ self.w.T)

    def test_the_store_shares_memory_whatever_the_order_of_axes(self):
        flow, store = line(self.scheduler)
        w = store["w"]
        np.testing.assert_array_equal(w, self.w)
        w += 1
        flow.run(x=self.x)
        np.testing.assert_array_equal(flow.output("y"), self.x @ (self.w + 1).T)
        store["w"] = self.w
        np.testing.assert_array_equal(w, self.w)
        self.assertEqual((len(store), list(store), "w" in store, "v" in store), (1, ["w"], True, False))

    def test_a_new_tensor_can_be_stored_before_the_flow_is_made(self):
        store = bf.Store()
        store["w"] = np.full((4, 2), 3, np.int64)
        g = bf.Graph()
        g.output("y", bf.linear(g.input("x", [3, 2]), g.parameter("w", [4, 2], bf.zeros())))
        flow = bf.Flow(g, store, self.scheduler)
        flow.run(x=self.x)
        np.testing.assert_array_equal(flow.output("y")[:, 0], 3 * self.x.sum(axis=1))

    def test_arrays_of_other_types_and_orders_are_converted(self):
        flow, _ = line(self.scheduler)
        for x in (self.x.astype(np.float64), self.x.astype(int), np.asfortranarray(self.x), self.x.tolist()):
            flow.run(x=x)
            np.testing.assert_array_equal(flow.output("y"), self.x @ self.w.T)

    def test_everything_a_view_needs_stays_alive(self):
        def only_output():
            flow, _ = line(bf.Scheduler(2))
            flow.run(x=self.x)
            return flow.output("y")

        y = only_output()
        gc.collect()
        np.testing.assert_array_equal(y, self.x @ self.w.T)
        value = bf.relu(bf.Graph().input("x", [5, 5]))
        gc.collect()
        self.assertEqual(value.shape, (5, 5))

    def test_indices_and_means_are_those_of_numpy(self):
        g = bf.Graph()
        x = g.input("x", [2, 3, 4])
        taken = {"a": x[1, 2], "b": x[0, :, 1:3], "c": x[-1], "d": x[1, 2, 3], "e": x[:, np.int64(1)].mean()}
        for name, value in taken.items():
            g.output(name, value)
        g.output("dx", bf.gradient(x[1, :, 2].mean(), x))
        flow = bf.Flow(g, bf.Store(), self.scheduler)
        a = np.arange(24.0).reshape(2, 3, 4)
        flow.run(x=a)
        for name, expected in {"a": a[1, 2], "b": a[0, :, 1:3], "c": a[-1], "d": [a[1, 2, 3]], "e": [a[:, 1].mean()]}.items():
            np.testing.assert_array_equal(flow.output(name), expected)
        expected = np.zeros((2, 3, 4))
        expected[1, :, 2] = 1 / 3
        np.testing.assert_allclose(flow.output("dx"), expected, rtol=1e-6)
        self.assertEqual([row.shape for row in x], [(3, 4)] * 2)
        self.assertIs(x.graph, g)

    def test_functions_are_those_of_numpy(self):
        a, b = np.array([[0.25, -0.75, 0.5]], np.float32), np.array([[0.5], [-0.25]], np.float32)
        of_one = {n: getattr(np, n) for n in "abs ceil exp floor reciprocal round sign sin cos tan sinh cosh".split()}
        of_one.update(negate=np.negative, asin=np.arcsin, acos=np.arccos, atan=np.arctan, asinh=np.arcsinh, atanh=np.arctanh)
        of_two = {n: getattr(np, n) for n in "equal less greater logical_and logical_or logical_xor minimum maximum".split()}
        of_two.update(less_or_equal=np.less_equal, greater_or_equal=np.greater_equal)
        g = bf.Graph()
        x, y = g.input("x", a.shape), g.input("y", b.shape)
        values = {n: (getattr(bf, n)(x), f(a)) for n, f in of_one.items()}
        values.update({n: (getattr(bf, n)(x, y), f(a, b)) for n, f in of_two.items()})
        values["where"] = bf.where(bf.less(x, y), x, y), np.where(a < b, a, b)
        values["power"] = bf.power(bf.abs(x), y), np.power(np.abs(a), b)
        values["sqrt"] = bf.sqrt(bf.abs(x)), np.sqrt(np.abs(a))
        values["log"] = bf.log(bf.abs(x)), np.log(np.abs(a))
        values["prelu"] = bf.prelu(x, y[0]), np.where(a > 0, a, 0.5 * a)
        values["largest"] = bf.reduce_max(x - y), np.max(a - b)
        values["sums"] = bf.reduce_sum(x - y, axes=[-1], keep=True), np.sum(a - b, axis=-1, keepdims=True)
        for name, (value, _) in values.items():
            g.output(name, value)
        flow = bf.Flow(g, bf.Store(), self.scheduler)
        flow.run(x=a, y=b)
        for name, (_, expected) in values.items():
            np.testing.assert_allclose(flow.output(name), expected, rtol=1e-6, err_msg=name)

    def test_places_sums_and_norms_are_those_of_numpy(self):
        a, index = np.array([[3, -1, 4], [1, 5, -9]], np.float32), np.array([[1, -2], [0, 0]], np.int32)
        g = bf.Graph()
        x, i = g.input("x", a.shape), g.input("i", index.shape, "s32")
        normal = (a - a.mean(1, keepdims=True)) / np.sqrt(a.var(1, keepdims=True) + 1e-5)
        values = {
            "transpose": (bf.transpose(x, [1, 0]), a.T),
            "gather": (bf.gather(x, i, axis=1), np.take(a, index, 1)),
            "gather_elements": (bf.gather_elements(x, i, axis=1), np.take_along_axis(a, index, 1)),
            "arg_max": (bf.arg_max(x, axis=0), a.argmax(0)),
            "arg_min": (bf.arg_min(x), a.argmin(1)),
            "cumulative_sum": (bf.cumulative_sum(x, reverse=True), a[:, ::-1].cumsum(1)[:, ::-1]),
            "layer_norm": (bf.layer_norm(x, bias=x[0]), normal + a[0]),
            "resample": (bf.resample(x, (3, [[(0, 0.5), (2, 2)], []]), axis=1, fill=7), np.c_[a @ [0.5, 0, 2], [7, 7]]),
            "crd": (bf.depth_to_space(bf.reshape(x, [1, 6, 1, 1]), 1, order="crd"), a.reshape(1, 6, 1, 1)),
        }
        for name, (value, _) in values.items():
            g.output(name, value)
        flow = bf.Flow(g, bf.Store(), self.scheduler)
        flow.run(x=a, i=index)
        for name, (_, expected) in values.items():
            np.testing.assert_allclose(flow.output(name), expected, rtol=1e-5, err_msg=name)
        with self.assertRaisesRegex(ValueError, "there is no order 'rcd'"):
            bf.depth_to_space(g.input("z", [1, 4, 1, 1]), order="rcd")

    def test_a_number_may_have_no_axes(self):
        g = bf.Graph()
        x = g.input("x", [2, 3])
        y = bf.reshape(x.mean(), [])
        scale = g.parameter("factor", [], bf.from_values([2]))
        z = bf.relu(y * scale)
        for name, value in {"z": z, "sum": x + z, "dx": bf.gradient([z], [x])[0]}.items():
            g.output(name, value)
        flow = bf.Flow(g, bf.Store(), self.scheduler)
        flow.run(x=np.arange(6).reshape(2, 3))
        self.assertEqual(flow.output("z").shape, ())
        self.assertEqual(flow.output("z"), 5)
        np.testing.assert_array_equal(flow.output("sum"), np.arange(6).reshape(2, 3) + 5)
        np.testing.assert_allclose(flow.output("dx"), np.full((2, 3), 1 / 3), rtol=1e-6)
        for refused in (lambda: bf.reshape(x, [1] * 11 + [2, 3]), lambda: g.input("many", [1] * 40)):
            with self.assertRaisesRegex(ValueError, "at most 12 axes"):
                refused()

    def test_convolution_and_pooling_are_bound_with_their_options(self):
        g = bf.Graph()
        x = g.input("x", [1, 2, 6, 8])
        y = bf.conv2d(x, out=4, kernel=(3, 1), stride=(1, 2), padding=(1, 0), groups=2, name="c")
        shapes = [
            y,
            bf.max_pool2d(y, 3, stride=2, ceil_mode=True),
            bf.average_pool2d(y, (2, 1), padding=(0, 0, 1, 0)),
            bf.global_average_pool2d(y),
            bf.flatten(y),
            bf.batch_norm(y, name="bn"),
        ]
        expected = [(1, 4, 6, 4), (1, 4, 3, 2), (1, 4, 3, 4), (1, 4, 1, 1), (1, 96), (1, 4, 6, 4)]
        self.assertEqual([s.shape for s in shapes], expected)
        self.assertEqual([p.name for p in g.parameters()], ["c.weight", "c.bias", "bn.weight", "bn.bias"])

    def test_jacobians_are_in_numerator_layout(self):
        g = bf.Graph()
        x = g.input("x", [1, 2])
        y = bf.tanh(bf.linear(x, g.parameter("w", [3, 2], bf.from_values([1, 2, 3, -1, 0, 0.5]))))
        store, w = bf.Store(), np.array([[1, 2], [3, -1], [0, 0.5]])
        at = np.array([[0.3, -0.2]])
        expected = (1 - np.tanh(w @ at[0]) ** 2)[:, None] * w
        v, t = np.array([1, -2, 0.5]), np.array([0.7, 2])
        for got, value in (
            (bf.jacobian(y, x, store, self.scheduler, x=at), expected),
            (bf.vector_jacobian_product(y, x, v, store, self.scheduler, x=at), [v @ expected]),
            (bf.jacobian_vector_product(y, x, t, store, self.scheduler, x=at), [expected @ t]),
        ):
            np.testing.assert_allclose(got, value, rtol=1e-5, atol=1e-6)
        with self.assertRaisesRegex(ValueError, "input 'x' has no value"):
            bf.jacobian(y, x, store, self.scheduler)

    def test_pictures_are_written_and_read(self):
        picture = np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8)
        with tempfile.TemporaryDirectory() as folder:
            bf.write_image(folder + "/a.png", picture)
            np.testing.assert_array_equal(bf.read_image(folder + "/a.png"), picture)
            with self.assertRaisesRegex(ValueError, "height, width, 3"):
                bf.write_image(folder + "/a.png", picture[0])
            with self.assertRaisesRegex(ValueError, "b.png"):
                bf.read_image(folder + "/b.png")

    def test_training_in_python_learns_a_line(self):
        g = bf.Graph()
        x, labels, rate = g.input("x", [64, 2]), g.input("labels", [64], "s32"), g.input("rate", [1])
        loss = bf.softmax_cross_entropy(bf.linear(x, out=2), labels)
        for p, d in zip(g.parameters(), bf.gradient([loss], g.parameters())):
            bf.sgd(p, d, rate, momentum=0.9)
        g.output("loss", loss)
        store = bf.Store()
        flow = bf.Flow(g, store, bf.Scheduler(2))
        xs = np.random.default_rng(1).normal(size=(64, 2))
        losses = []
        for _ in range(100):
            flow.run(x=xs, labels=xs[:, 0] > xs[:, 1], rate=[0.5])
            losses.append(float(flow.output("loss")[0]))
        self.assertLess(losses[-1], 0.1)
        self.assertEqual(set(store), {"linear.weight", "linear.bias", "linear.weight.momentum", "linear.bias.momentum"})

    def test_the_threads_do_not_change_the_bits(self):
        results = []
        for threads in (1, 2, 4):
            flow, _ = line(bf.Scheduler(threads), bf.normal())
            flow.run(x=self.x, seed=np.ones((3, 4)))
            results.append((flow.output("y").tobytes(), flow.output("dw").tobytes()))
        self.assertEqual(len(set(results)), 1)

    def test_mistakes_are_value_errors_that_say_what_was_expected(self):
        flow, store = line(self.scheduler)
        g = bf.Graph()
        x = g.input("x", [3, 2])
        labels = g.input("labels", [3], "s32")
        g.output("loss", bf.softmax_cross_entropy(x, labels))
        classifier = bf.Flow(g, store, self.scheduler)
        for mistake, part in {
            (lambda: flow.run(z=self.x), "no node reads an input 'z'; inputs: x, seed"),
            (lambda: flow.run(x=self.w), "[x] expected shape [3, 2], got [4, 2]"),
            (lambda: flow.run(x=[[1], [2, 3]]), "[x] expected an array"),
            (lambda: flow.run(x=self.x * 1j), "[x] expected numbers that fit f32, got complex64"),
            (lambda: classifier.run(labels=[0.5, 1, 1]), "[labels] expected numbers that fit s32, got float64"),
            (lambda: classifier.run(labels=[0, 1, 2]), "label 2 of sample 2 is not in 0 … 1"),
            (lambda: flow.bind("x", self.x.astype(np.float64)), "[x] only row-major memory of type f32 can be bound"),
            (lambda: flow.bind("x", self.x.tolist()), "[x] only row-major memory of type f32 can be bound"),
            (lambda: flow.output("z"), "has no output 'z'"),
            (lambda: store["v"], "there is no tensor 'v'; there are: w"),
            (lambda: store.__setitem__("w", self.x), "[w] expected shape [4, 2], got [3, 2]"),
            (lambda: bf.Scheduler(-1), "threads needs to be"),
            (lambda: g.input("y", [3], "f64"), "there is no type 'f64'"),
            (lambda: g.input("x", [3]), "taken"),
            (lambda: bf.linear(x, g.input("w", [4, 3])), "input has 2 features, weights [4, 3] expect 3"),
            (lambda: bf.gradient([], []), "needs at least one output"),
        }:
            with self.subTest(expected=part):
                with self.assertRaises(ValueError) as raised:
                    mistake()
                self.assertIn(part, str(raised.exception))

    def test_minimize_appends_updates_of_all_parameters(self):
        for name in ("sgd", "adam", "adamw", "rmsprop", "lion"):
            g = bf.Graph()
            x, labels = g.input("x", [4, 2]), g.input("labels", [4], "s32")
            loss = bf.softmax_cross_entropy(bf.linear(x, out=2), labels, class_weights=[1, 2])
            g.output("loss", loss)
            bf.minimize(loss, name, learning_rate=0.05, clip_norm=1)
            flow = bf.Flow(g, bf.Store(1), bf.Scheduler(2))
            losses = []
            for _ in range(50):
                flow.run(x=[[1, 2], [2, 1], [0, 1], [3, 0]], labels=[0, 1, 0, 1])
                losses.append(flow.output("loss").item())
            self.assertLess(losses[-1], losses[0] / 2, name)
        with self.assertRaisesRegex(ValueError, "no optimizer 'sgdm'; there are sgd, adam, adamw, rmsprop and lion"):
            bf.minimize(loss, "sgdm")
        with self.assertRaisesRegex(ValueError, "momentum has no effect with optimizer adam"):
            bf.minimize(loss, momentum=0.5)



if __name__ == "__main__":
    unittest.main()
