#!/usr/bin/python3
"""Writes onnx.safetensors: small ONNX models, as bytes, and what PyTorch computes for them.

Names are CASE/VALUE: model, y, dx (the gradient by x for the cotangent dy), and the shape of x. Image and cotangent are
drawn as runtime/flow/store.cpp draws them. Some models are PyTorch's own exports, others are written by hand, as other
programs and older versions write them. The C++ side is tests/runtime/models/onnx/onnx_test.cpp.
"""
import io
import pathlib
import warnings

import numpy as np
import torch
from torch import nn
from torch.nn import functional as f
from torchvision.models import DenseNet

import make_ops
import networks
from onnx_writer import model, node, tensor

warnings.filterwarnings("ignore")
torch.manual_seed(3)
SEED, IMAGE = 3, (2, 3, 8, 7)


def weights(*shape, low=-1.0, high=1.0):
    return torch.rand(shape) * (high - low) + low


def numbers(*values):
    return np.array(values, dtype=np.int64)


def by_hand(nodes, constants, function, image=("N", 3, "H", "W"), opset=13, x=IMAGE, raw=True):
    """A model whose last node writes "z", which is flattened, and the same in PyTorch."""
    flat = [*nodes, node("Flatten", ["z"], "y", axis=1)]
    stored = [tensor(v.numpy() if isinstance(v, torch.Tensor) else v, k, raw) for k, v in constants.items()]
    return model(flat, stored, image, opset=opset), lambda x: function(x).flatten(1), x


def convolutions():
    w, b = weights(4, 3, 3, 2), weights(4)
    plain = {"w": w, "b": b}
    yield "conv_pads", by_hand(
        [node("Conv", ["x", "w", "b"], "z", kernel_shape=[3, 2], pads=[0, 1, 2, 0], strides=[2, 1])], plain,
        lambda x: f.conv2d(f.pad(x, (1, 0, 0, 2)), w, b, (2, 1)))
    yield "conv_same_upper", by_hand(
        [node("Conv", ["x", "w"], "z", auto_pad="SAME_UPPER", strides=[2, 2])], {"w": w},
        lambda x: f.conv2d(f.pad(x, (0, 1, 0, 1)), w, None, 2))
    yield "conv_same_lower", by_hand(
        [node("Conv", ["x", "w"], "z", auto_pad="SAME_LOWER", strides=[2, 2])], {"w": w},
        lambda x: f.conv2d(f.pad(x, (1, 0, 1, 0)), w, None, 2))
    yield "conv_valid_dilated", by_hand(
        [node("Conv", ["x", "w", "b"], "z", auto_pad="VALID", dilations=[2, 3])], plain,
        lambda x: f.conv2d(x, w, b, dilation=(2, 3)), raw=False)
    g = weights(6, 1, 3, 3)
    yield "conv_depthwise", by_hand(
        [node("Conv", ["x", "g"], "z", group=3, pads=[1, 1, 1, 1])], {"g": g}, lambda x: f.conv2d(x, g, None, 1, 1, 1, 3))


def activations():
    for name, function, attributes in (
        ("Relu", f.relu, {}), ("LeakyRelu", lambda x: f.leaky_relu(x, 0.3), {"alpha": 0.3}), 
        ("HardSwish", f.hardswish, {}), ("Tanh", torch.tanh, {}), ("Elu", lambda x: f.elu(x, 0.7), {"alpha": 0.7}),
        ("HardSigmoid", lambda x: (0.3 * x + 0.4).clamp(0, 1), {"alpha": 0.3, "beta": 0.4}),
    ):
        yield name, by_hand([node(name, ["x"], "z", **attributes)], {}, function, opset=14)
    yield "Sigmoid", by_hand([node("Sigmoid", ["x"], "s"), node("Mul", ["s", "x"], "z")], {}, lambda x: x.sigmoid() * x)
    yield "Mish", by_hand([node("Mish", ["x"], "z")], {}, f.mish, opset=18)
    yield "leaky_relu_default", by_hand([node("LeakyRelu", ["x"], "z")], {}, lambda x: f.leaky_relu(x, 0.01))
    yield "hard_sigmoid_default", by_hand([node("HardSigmoid", ["x"], "z")], {}, lambda x: (0.2 * x + 0.5).clamp(0, 1))
    yield "clip_attributes", by_hand([node("Clip", ["x"], "z", min=-0.5, max=0.25)], {}, lambda x: x.clamp(-0.5, 0.25),
                                     opset=6)
    yield "clip_high_alone", by_hand([node("Clip", ["x", "", "h"], "z")], {"h": np.float32(0.5)},
                                     lambda x: x.clamp(max=0.5))
    yield "relu6", by_hand([node("Mul", ["x", "k"], "s"), node("Clip", ["s", "l", "h"], "z")],
                           {"k": np.float32(5), "l": np.float32(0), "h": np.float32(6)}, lambda x: f.relu6(5 * x))


def pools():
    yield "max_pool_ceil", by_hand(
        [node("MaxPool", ["x"], "z", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)], {},
        lambda x: f.max_pool2d(x, 3, 2, ceil_mode=True))
    yield "max_pool_pads", by_hand(
        [node("MaxPool", ["x"], "z", kernel_shape=[3, 2], strides=[1, 2], pads=[1, 0, 1, 1])], {},
        lambda x: f.max_pool2d(f.pad(x, (0, 1, 1, 1), value=-1e30), (3, 2), (1, 2)))
    yield "max_pool_same_upper", by_hand(
        [node("MaxPool", ["x"], "z", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")], {},
        lambda x: f.max_pool2d(f.pad(x, (1, 1, 0, 1), value=-1e30), 3, 2))
    for count in (0, 1):
        yield f"average_pool_{'with' if count else 'without'}_padding", by_hand(
            [node("AveragePool", ["x"], "z", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1],
                  count_include_pad=count)], {},
            lambda x, c=bool(count): f.avg_pool2d(x, 3, 2, 1, count_include_pad=c))
    yield "average_pool_ceil", by_hand(
        [node("AveragePool", ["x"], "z", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)], {},
        lambda x: f.avg_pool2d(x, 3, 2, ceil_mode=True, count_include_pad=False))
    yield "global_average_pool", by_hand([node("GlobalAveragePool", ["x"], "z")], {}, lambda x: x.mean((2, 3), True))
    yield "global_max_pool", by_hand([node("GlobalMaxPool", ["x"], "z")], {}, lambda x: x.amax((2, 3), True))


def arithmetic():
    row, one, field = weights(3, 1, 1), weights(1), weights(1, 1, 8, 7, low=0.5)
    for op, function in (("Add", torch.add), ("Sub", torch.sub), ("Mul", torch.mul), ("Div", torch.div)):
        constants = {"c": row + 2 * torch.sign(row)}
        yield f"{op}_channels", by_hand([node(op, ["x", "c"], "z")], constants,
                                        lambda x, g=function, c=constants["c"]: g(x, c))
    yield "constant_minus_value", by_hand([node("Sub", ["one", "x"], "z")], {"one": one}, lambda x: one - x)
    yield "constant_over_value", by_hand(
        [node("Mul", ["x", "x"], "s"), node("Add", ["s", "f"], "t"), node("Div", ["one", "t"], "z")],
        {"one": one, "f": field}, lambda x: one / (x * x + field))
    yield "values_by_values", by_hand(
        [node("Sigmoid", ["x"], "s"), node("GlobalAveragePool", ["s"], "a"), node("Mul", ["x", "a"], "m"),
         node("Div", ["m", "s"], "d"), node("Sub", ["d", "a"], "z")], {},
        lambda x: x * x.sigmoid().mean((2, 3), True) / x.sigmoid() - x.sigmoid().mean((2, 3), True))
    yield "sum_of_three", by_hand([node("Relu", ["x"], "r"), node("Sum", ["x", "r", "c"], "z")], {"c": row},
                                  lambda x: x + x.relu() + row)
    yield "concat", by_hand(
        [node("Relu", ["x"], "r"), node("Concat", ["x", "r", "x"], "z", axis=-3)], {},
        lambda x: torch.cat([x, x.relu(), x], 1))


def products():
    w, b, c = weights(168, 5), weights(5), weights(2, 5)
    flatten = node("Flatten", ["x"], "f")
    yield "gemm_layer", by_hand([flatten, node("Gemm", ["f", "w", "b"], "z", transB=1)],
                                {"w": w.T.contiguous(), "b": b}, lambda x: x.flatten(1) @ w + b)
    yield "gemm_weights_not_transposed", by_hand([flatten, node("Gemm", ["f", "w", "b"], "z")], {"w": w, "b": b},
                                                 lambda x: x.flatten(1) @ w + b)
    yield "gemm_alpha_beta", by_hand([flatten, node("Gemm", ["f", "w", "c"], "z", alpha=0.5, beta=-2.0)],
                                     {"w": w, "c": c}, lambda x: 0.5 * x.flatten(1) @ w - 2 * c)
    yield "gemm_without_bias", by_hand([flatten, node("Gemm", ["f", "w"], "z")], {"w": w}, lambda x: x.flatten(1) @ w)
    yield "matmul_and_add", by_hand([flatten, node("MatMul", ["f", "w"], "m"), node("Add", ["m", "b"], "z")],
                                    {"w": w, "b": b}, lambda x: x.flatten(1) @ w + b)
    yield "weights_read_twice", by_hand(
        [flatten, node("MatMul", ["f", "w"], "m"), node("MatMul", ["f", "w"], "n"), node("Mul", ["m", "n"], "z")],
        {"w": w}, lambda x: (x.flatten(1) @ w)**2)
    half = w.half()
    yield "half_weights", by_hand([flatten, node("MatMul", ["f", "w"], "z")], {"w": half},
                                  lambda x: x.flatten(1) @ half.float())
    yield "double_weights", by_hand([flatten, node("MatMul", ["f", "w"], "z")], {"w": w.double()},
                                    lambda x: x.flatten(1) @ w)


def shapes():
    yield "reshape", by_hand([node("Reshape", ["x", "s"], "z")], {"s": numbers(0, -1)}, lambda x: x.flatten(1))
    yield "reshape_attribute", by_hand([node("Reshape", ["x"], "z", shape=[0, 3, -1])], {}, lambda x: x.flatten(2), opset=1)
    yield "reshape_of_shape", by_hand(
        [node("Shape", ["x"], "s"), node("Gather", ["s", "i"], "n", axis=0), node("Unsqueeze", ["n", "a"], "u"),
         node("Concat", ["u", "m"], "t", axis=0), node("Reshape", ["x", "t"], "z")],
        {"i": np.int64(0), "a": numbers(0), "m": numbers(-1)}, lambda x: x.flatten(1))
    yield "flatten_negative", by_hand([node("Flatten", ["x"], "z", axis=-3)], {}, lambda x: x.flatten(1))
    yield "squeeze_attribute", by_hand(
        [node("GlobalAveragePool", ["x"], "a"), node("Squeeze", ["a"], "s", axes=[2, 3]),
         node("Unsqueeze", ["s"], "u", axes=[-1, 2]), node("Mul", ["x", "u"], "z")], {},
        lambda x: x * x.mean((2, 3), True), opset=11)
    yield "squeeze_all", by_hand([node("GlobalAveragePool", ["x"], "a"), node("Squeeze", ["a"], "z")], {},
                                 lambda x: x.mean((2, 3)))
    for name, opset, axes in (("reduce_mean_attribute", 13, {"axes": [-1, 2]}), ("reduce_mean_input", 18, {})):
        inputs = ["x"] if axes else ["x", "a"]
        yield name, by_hand([node("ReduceMean", inputs, "z", keepdims=0, **axes)], {} if axes else {"a": numbers(2, 3)},
                            lambda x: x.mean((2, 3)), opset=opset)
    yield "reduce_mean_keeps", by_hand([node("ReduceMean", ["x"], "m", axes=[1]), node("Sub", ["x", "m"], "z")], {},
                                       lambda x: x - x.mean(1, True))
    yield "pad_attribute", by_hand([node("Pad", ["x"], "z", pads=[0, 0, 1, 0, 0, 0, 0, 2], value=0.5)], {},
                                   lambda x: f.pad(x, (0, 2, 1, 0), value=0.5), opset=2)
    yield "pad_channels", by_hand([node("Pad", ["x", "p", "v"], "z")],
                                  {"p": numbers(0, 1, 0, 0, 0, 2, 1, 0), "v": np.float32(-1)},
                                  lambda x: f.pad(x, (0, 0, 0, 1, 1, 2), value=-1.0))
    yield "pad_reflect", by_hand([node("Pad", ["x", "p"], "z", mode="reflect")], {"p": numbers(0, 0, 2, 1, 0, 0, 1, 3)},
                                 lambda x: f.pad(x, (1, 3, 2, 1), mode="reflect"))


def others():
    scale, bias, mean, variance = weights(3, low=0.5), weights(3), weights(3), weights(3, low=0.5)
    yield "batch_normalization", by_hand(
        [node("BatchNormalization", ["x", "s", "b", "m", "v"], "z", epsilon=0.01)],
        {"s": scale, "b": bias, "m": mean, "v": variance},
        lambda x: f.batch_norm(x, mean, variance, scale, bias, eps=0.01))
    yield "lrn", by_hand([node("LRN", ["x"], "z", size=3, alpha=0.3, beta=0.6, bias=1.5)], {},
                         lambda x: f.local_response_norm(x, 3, 0.3, 0.6, 1.5))
    yield "lrn_default", by_hand([node("LRN", ["x"], "z", size=5)], {}, lambda x: f.local_response_norm(x, 5))
    yield "dropout_attribute", by_hand([node("Dropout", ["x"], "z", ratio=0.5)], {}, lambda x: x, opset=7)
    yield "dropout_inputs", by_hand([node("Dropout", ["x", "r"], "z")], {"r": np.float32(0.5)}, lambda x: x)
    yield "identity_and_constant", by_hand(
        [node("Constant", [], "c", value=np.array([[[2.0]], [[3.0]], [[4.0]]], dtype=np.float32)),
         node("Constant", [], "k", value_float=0.5), node("Mul", ["c", "k"], "ck"), node("Identity", ["x"], "i"),
         node("Mul", ["i", "ck"], "z")], {}, lambda x: x * torch.tensor([1, 1.5, 2]).reshape(3, 1, 1))
    yield "softmax_inside", by_hand([node("Softmax", ["x"], "s", axis=1), node("Mul", ["s", "x"], "z")], {},
                                    lambda x: x.softmax(1) * x)
    yield "softmax_old", by_hand([node("Softmax", ["x"], "s", axis=1), node("Mul", ["s", "x"], "z")], {},
                                 lambda x: x.flatten(1).softmax(1).reshape(x.shape) * x, opset=11)
    logits = [node("Flatten", ["x"], "y"), node("Softmax", ["y"], "p", axis=1)]
    yield "softmax_at_the_end", (model(logits, [], ("N", 3, "H", "W"), output="p"), lambda x: x.flatten(1), IMAGE)
    yield "one_channel", by_hand([node("Relu", ["x"], "z")], {}, f.relu, image=(1, 1, 8, 7), x=(3, 1, 8, 7))


class InvertedResidual(nn.Module):
    """MobileNetV3's: expansion, depthwise convolution, squeeze and excitation, hard swish, residual."""

    def __init__(self):
        super().__init__()
        self.expand, self.bn = nn.Conv2d(3, 8, 1, bias=False), nn.BatchNorm2d(8)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.squeeze, self.excite = nn.Conv2d(8, 4, 1), nn.Conv2d(4, 8, 1)
        self.project, self.head = nn.Conv2d(8, 3, 1), nn.Linear(3, 6)

    def forward(self, x):
        y = f.hardswish(self.depthwise(f.hardswish(self.bn(self.expand(x)))))
        y = y * f.hardsigmoid(self.excite(f.relu(self.squeeze(f.adaptive_avg_pool2d(y, 1)))))
        return self.head((x + self.project(y)).mean((2, 3)))


def exports():
    """PyTorch's own exports, with open batch, height and width."""
    classic = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(3, 6, 3, stride=2), nn.LeakyReLU(0.2),
                            nn.MaxPool2d(2, ceil_mode=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(),
                            nn.Linear(6, 5), nn.Softmax(1))
    dense = DenseNet(growth_rate=4, block_config=(2, 2), num_init_features=8, bn_size=2, num_classes=7)
    for name, net, opset in (("export_inverted_residual", InvertedResidual(), 14), ("export_dense_net", dense, 9),
                             ("export_classic", classic, 13)):
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.running_mean.uniform_(-1, 1), m.running_var.uniform_(0.5, 2)
        net.eval()
        file = io.BytesIO()
        torch.onnx.export(net, torch.randn(1, 3, 48, 40), file, opset_version=opset, input_names=["x"], output_names=["y"],
                          dynamic_axes={"x": {0: "N", 2: "H", 3: "W"}, "y": {0: "N"}})
        logits = nn.Sequential(*list(net)[:-1]) if name == "export_classic" else net  # without the softmax
        yield name, (file.getvalue(), logits, (1, 3, 34, 33))


def refused():
    """Models that make no sense, or would take any amount of memory, and a part of the sentence that says so."""
    flatten = node("Flatten", ["x"], "f")
    w, many = np.zeros((4, 3, 3, 3), np.float32), numbers(1 << 24)

    def conv(**attributes):
        return [node("Conv", ["x", "w"], "z", **attributes)], {"w": w}

    doubled = [node("Concat", ["a0", "a0"], "a1", axis=0)]
    doubled += [node("Concat", [f"a{i}"] * 2, f"a{i + 1}", axis=0) for i in range(1, 40)]
    cases = {
        "pad_huge": ([node("Pad", ["x", "p"], "z")], {"p": numbers(0, 0, 1 << 62, 0, 0, 0, 1 << 62, 0)}, "Pad_z"),
        "pad_large": ([node("Pad", ["x", "p"], "z")], {"p": numbers(0, 0, 1 << 18, 1 << 18, 0, 0, 0, 0)}, "would have shape"),
        "pad_negative": ([node("Pad", ["x", "p"], "z")], {"p": numbers(0, 0, -8, 0, 0, 0, 0, 0)}, "leaves nothing of"),
        "pad_short": ([node("Pad", ["x", "p"], "z")], {"p": numbers(0, 0, 1, 0)}, "before and after each axis"),
        "pad_mode": ([node("Pad", ["x", "p"], "z", mode="wrapped")], {"p": numbers(*[0] * 8)}, "mode 'wrapped'"),
        "list_doubled": ([*doubled, node("Reshape", ["x", "a40"], "z")], {"a0": numbers(*[1] * 8)}, "Concat_a"),
        "filled_often": ([*(node("ConstantOfShape", ["s"], f"c{i}") for i in range(40)), node("Add", ["x", "c1"], "z")],
                         {"s": many}, "more constants than"),
        "filled_huge": ([node("ConstantOfShape", ["s"], "c"), node("Add", ["x", "c"], "z")],
                        {"s": numbers(1 << 40, 1 << 40)}, "impossible shape"),
        "reshape_overflow": ([node("Reshape", ["x", "s"], "z")], {"s": numbers(1 << 32, 1 << 32, -1)}, "asks for shape"),
        "reshape_two_open": ([node("Reshape", ["x", "s"], "z")], {"s": numbers(-1, -1)}, "two lengths open"),
        "reshape_of_floats": ([node("Reshape", ["x", "s"], "z")], {"s": np.ones(2, np.float32)}, "needs to be integers"),
        "conv_kernel": (*conv(kernel_shape=[2, 2]), "another kernel_shape"),
        "conv_stride": (*conv(strides=[0, 1]), "needs two lengths ≥ 1"),
        "conv_dilation": (*conv(dilations=[1 << 40, 1]), "needs two lengths ≥ 1"),
        "conv_pads": (*conv(pads=[1, 1, -1, 1]), "four pads ≥ 0"),
        "conv_auto_pad": (*conv(auto_pad="SAME"), "unknown auto_pad 'SAME'"),
        "conv_groups": (*conv(group=2), "groups"),
        "conv_group_zero": (*conv(group=0), "groups"),
        "conv_type": (*conv(group="two"), "attribute 'group' has a wrong type"),
        "conv_of_matrix": ([flatten, node("Conv", ["f", "w"], "z")], {"w": w}, "for values [2, 168]"),
        "pool_without_kernel": ([node("MaxPool", ["x"], "z")], {}, "has no kernel_shape"),
        "pool_larger_than_image": ([node("MaxPool", ["x"], "z", kernel_shape=[9, 9])], {}, "does not fit"),
        "gemm_widths": ([flatten, node("Gemm", ["f", "w"], "z")], {"w": np.ones((5, 2), np.float32)}, "Gemm_z"),
        "unknown_input": ([node("Add", ["x", "nothing"], "z")], {}, "reads 'nothing', which nothing before it computes"),
        "later_input": ([node("Relu", ["y2"], "z"), node("Relu", ["x"], "y2")], {}, "reads 'y2'"),
        "defined_twice": ([node("Relu", ["x"], "z"), node("Tanh", ["x"], "z")], {}, "exists already"),
        "training": ([node("BatchNormalization", ["x", *"abcd"], "z", training_mode=1)],
                     {k: np.ones(3, np.float32) for k in "abcd"}, "export for evaluation"),
        "reduced_axis": ([node("ReduceMean", ["x"], "z", axes=[4])], {}, "has no axis 4"),
        "sliced_value": ([node("Slice", ["x", "i", "i"], "z")], {"i": numbers(0)}, "leaves nothing of axis 0"),
        "slice_step": ([node("Slice", ["i", "i", "i", "i", "i"], "s"), node("Reshape", ["x", "s"], "z")], {"i": numbers(0)},
                       "step of 0"),
        "transposed_axes": ([node("Transpose", ["w"], "t", perm=[0, 0, 1, 2]), node("Conv", ["x", "t"], "z")], {"w": w},
                            "needs a permutation of 4 axes"),
        "gathered_outside": ([node("Shape", ["x"], "s"), node("Gather", ["s", "i"], "t"), node("Reshape", ["x", "t"], "z")],
                             {"i": numbers(9)}, "index 9 is not in a list of 4"),
        "clip_of_two": ([node("Clip", ["x", "l"], "z")], {"l": np.ones(2, np.float32)}, "needs to be one number"),
        "clip_by_value": ([flatten, node("Clip", ["x", "f"], "z")], {}, "Clip_z"),
        "logits_of_batch": ([node("ReduceMean", ["x"], "z", axes=[0])], {}, "the output of a classifier has shape"),
    }
    for name, (nodes, constants, part) in cases.items():
        model_bytes, _, shape = by_hand(nodes, constants, None)
        text = np.frombuffer(part.encode(), np.uint8)
        yield f"refused_{name}", {"model": np.frombuffer(model_bytes, np.uint8), "error": text,
                                  "shape": np.array(shape, np.int32)}


def results(case, model_bytes, function, shape):
    x = networks.draw_uniform(f"{case}/x", shape, -2, 2, SEED).requires_grad_()
    y = function(x)
    dx, = torch.autograd.grad(y, x, networks.draw_uniform(f"{case}/dy", tuple(y.shape), -1, 1, SEED))
    return {"model": np.frombuffer(model_bytes, np.uint8), "shape": np.array(shape, np.int32), "y": y.detach().numpy(),
            "dx": dx.numpy()}


def main():
    parts = (convolutions, activations, pools, arithmetic, products, shapes, others, exports)
    tensors = {f"{case}/{key}": np.ascontiguousarray(value) for part in parts for case, c in part()
               for key, value in results(case, *c).items()}
    tensors |= {f"{case}/{key}": value for case, values in refused() for key, value in values.items()}
    path = pathlib.Path(__file__).with_name("onnx.safetensors")
    make_ops.write(path, tensors)
    print(f"{path.name}: {len({n.split('/')[0] for n in tensors})} models, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
