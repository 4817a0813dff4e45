"""A graph that grows by a node at a time; onnxruntime says what the value is so far."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

OPSETS = range(7, 23)


class Unfit(Exception):
    """The op has no form for this value or opset."""


def fits(condition):
    if not condition:
        raise Unfit


class Draft:
    """`name` and `value` are the result so far. `exact` says that both sides have its very bits, so that steps such as
    Floor may follow; `long` that sums were made, which the two add in another order."""

    def __init__(self, rng, judge, opset, value):
        self.rng, self.judge, self.opset = rng, judge, opset
        self.nodes, self.inputs, self.constants, self.outputs = [], {}, {}, []
        self.exact, self.long, self.count, self.ops = True, False, 0, []
        self.open_shape = rng.random() < 0.3
        self.value = value
        self.name = self.constant(value) if rng.random() < 0.05 else self.input(value)  # of constants alone

    def fresh(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    def input(self, array):
        name = self.fresh("in")
        self.inputs[name] = np.asarray(array)
        return name

    def constant(self, array):
        """An initializer, or the output of a Constant node."""
        name = self.fresh("c")
        array = np.asarray(array)
        if self.rng.random() < 0.2:
            self.nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array)))
        else:
            self.constants[name] = array
        return name

    def operand(self, array):
        return self.input(array) if self.rng.random() < 0.5 else self.constant(array)

    def integers(self, numbers):
        return self.constant(np.array(numbers, np.int64))

    def floats(self, *shape, low=-2.0, high=2.0):
        return self.rng.uniform(low, high, shape).astype(np.float32)

    def node(self, op, inputs, outputs=1, **attributes):
        """The name of the output, or a list of several."""
        names = [self.fresh("v") for _ in range(outputs)]
        given = {k: v for k, v in attributes.items() if v is not None}
        self.nodes.append(helper.make_node(op, inputs, names, name=self.fresh("n"), **given))
        return names[0] if outputs == 1 else names

    def maybe(self, value, chance=0.5):
        """`value`, or None: the attribute is left out."""
        return value if self.rng.random() < chance else None

    def choice(self, *values):
        return values[self.rng.integers(len(values))]

    def flag(self):
        return int(self.rng.integers(2))

    def whole(self, low, high):
        """low … high."""
        return int(self.rng.integers(low, high + 1))

    def axis(self, rank=None):
        """One of the value's axes, counted from the front or the end."""
        rank = self.value.ndim if rank is None else rank
        fits(rank > 0)
        return self.whole(-rank, rank - 1)

    def axes(self):
        """Some axes, at least one, without repetition, of both signs."""
        rank = self.value.ndim
        fits(rank > 0)
        chosen = self.rng.permutation(rank)[: self.whole(1, rank)]
        return [int(a) - (rank if self.rng.random() < 0.3 else 0) for a in chosen]

    def model(self, outputs):
        """The bytes of the file. The shapes of outputs are not said."""
        infos = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype)
                                               if hasattr(helper, "np_dtype_to_tensor_dtype")
                                               else helper.mapping.NP_TYPE_TO_TENSOR_TYPE[a.dtype],
                                               [f"d{i}" for i in range(a.ndim)] if self.open_shape and n == "in1"
                                               else a.shape) for n, a in self.inputs.items()]
        results = [helper.make_tensor_value_info(n, kind, None) for n, kind in outputs.items()]
        tensors = [numpy_helper.from_array(a, n) for n, a in self.constants.items()]
        model = helper.make_model(helper.make_graph(self.nodes, "sweep", infos, results, tensors),
                                  opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = 8 if self.opset < 18 else 10
        return model.SerializeToString()

    def grow(self, op, build):
        """Whether the op could be appended: `build` gives the name of its result, of float32, or several names."""
        before = (len(self.nodes), dict(self.inputs), dict(self.constants), self.exact, self.long)
        try:
            result = build(self)
            results = [result] if isinstance(result, str) else list(result)
            wanted = {n: TensorProto.FLOAT for n in results}
            arrays = self.judge.run(self.model(wanted), self.inputs)
            fits(all(a.size > 0 and a.size < 50_000 and np.isfinite(a).all() and np.abs(a).max() < 1e4
                     for a in arrays.values()))
        except (Unfit, ValueError):
            del self.nodes[before[0]:]
            _, self.inputs, self.constants, self.exact, self.long = before
            return False
        self.name, self.value = results[0], arrays[results[0]]
        self.outputs += results[1:]
        self.ops.append(op)
        return True

    def finished(self):
        """The model, its inputs, and what onnxruntime says."""
        names = dict.fromkeys([self.name, *self.outputs], TensorProto.FLOAT)
        model = self.model(names)
        return model, self.inputs, self.judge.run(model, self.inputs)
