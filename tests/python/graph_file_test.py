"""ONNX files of any kind: named values in, named values out, with gradients by inputs and weights."""
import pathlib
import sys
import tempfile
import unittest

import backflow as bf
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "apps/support"))
import onnx_file  # noqa: E402


def tile_file(folder):
    """y = tile(x · w, repeats), x [2], repeats an input."""
    file = pathlib.Path(folder) / "tile.onnx"
    nodes = [onnx_file.node("Mul", ["x", "w"], "p"), onnx_file.node("Tile", ["p", "repeats"], "y")]
    graph = b"".join(onnx_file.field(1, n) for n in nodes) + onnx_file.field(2, "g")
    graph += onnx_file.field(5, onnx_file.tensor("w", [2], [3, 4]))
    repeats = onnx_file.field(1, "repeats") + onnx_file.field(
        2, onnx_file.field(1, onnx_file.field(1, 7) + onnx_file.field(2, onnx_file.field(1, onnx_file.field(1, 1)))))
    graph += onnx_file.field(11, onnx_file.value_info("x", [2])) + onnx_file.field(11, repeats)
    graph += onnx_file.field(12, onnx_file.value_info("y", [0]))
    file.write_bytes(onnx_file.field(1, 7) + onnx_file.field(7, graph) + onnx_file.field(8, onnx_file.field(1, "") + onnx_file.field(2, 13)))
    return file


class GraphFileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = bf.GraphFile(tile_file(folder.name))

    def test_values_by_name_with_gradients(self):
        self.assertEqual(self.file.inputs, [("x", (2,), "float32"), ("repeats", (1,), "int64")])
        self.assertEqual(self.file.outputs, [("y", (-1,), "float32")])
        graph = bf.Graph()
        x = graph.input("x", [2])
        y = self.file.build(graph, {"x": x, "repeats": [3]})["y"]
        weights = graph.parameters()[0]
        graph.output("y", y)
        for name, value in zip(("dx", "dw"), bf.gradient([y], [x, weights])):
            graph.output(name, value)
        result = bf.Flow(graph, bf.Store(), bf.Scheduler(threads=1))
        result.run(x=[1, 2])
        np.testing.assert_array_equal(result.output("y"), [3, 8] * 3)
        np.testing.assert_array_equal(result.output("dx"), [9, 12])
        np.testing.assert_array_equal(result.output("dw"), [3, 6])

    def test_a_graph_that_is_written_and_read_computes_the_same(self):
        graph = bf.Graph()
        x = graph.input("x", [2, 3])
        y = bf.linear(bf.index_select(x, [2, 1, 0], axis=1), out=2, name="fc")
        graph.output("y", y)
        store, scheduler = bf.Store(), bf.Scheduler(threads=1)
        flow = bf.Flow(graph, store, scheduler)
        flow.run(x=[[1, 2, 3], [4, 5, 6]])
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "net.onnx"
            bf.write_onnx(path, graph, store, {"image": x}, {"scores": y}, metadata={"author": "me"})
            self.assertIn(b"author", path.read_bytes())
            file = bf.GraphFile(path)
            with self.assertRaisesRegex(ValueError, "opset"):
                bf.write_onnx(path, graph, store, {"image": x}, {"scores": y}, opset=3)
            with self.assertRaisesRegex(ValueError, r"\[onnx\].*scaled_relu"):
                bf.write_onnx(path, graph, store, {"image": x}, {"scores": bf.scaled_relu(y, 2)})
        self.assertEqual(file.inputs, [("image", (-1, 3), "float32")])
        again = bf.Graph()
        again.output("y", file.build(again, {"image": again.input("x", [1, 3])})["scores"])
        read = bf.Flow(again, bf.Store(), scheduler)
        read.run(x=[[4, 5, 6]])
        np.testing.assert_allclose(read.output("y")[0], flow.output("y")[1], rtol=1e-6)

    def test_what_does_not_fit_is_an_error(self):
        graph = bf.Graph()
        x = graph.input("x", [2])
        for inputs, part in (({"x": x}, "needs the input 'repeats'"), ({"x": x, "repeats": x}, "needs a constant as input 1"),
                             ({"x": x, "repeats": [2], "z": x}, "there is no input 'z'"),
                             ({"x": x, "repeats": "two"}, "input 'repeats' needs a value of the graph or an array of numbers")):
            with self.subTest(part), self.assertRaises(ValueError) as raised:
                self.file.build(graph, inputs)
            self.assertIn(part, str(raised.exception))


if __name__ == "__main__":
    unittest.main()
