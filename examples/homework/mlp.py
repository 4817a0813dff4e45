"""Linear → f → Linear → g with its gradients, computed by backflow and kept in torch tensors.

Works alone in any folder: finds the module `backflow` as _import_backflow() says, or says how to get it. Inputs may be
torch tensors or NumPy arrays; the arithmetic is f32, results have the type of the parameters.
"""
import copy
import importlib
import os
import pathlib
import sys
from functools import lru_cache

import torch


def _import_backflow():
    """The module: of the build folder that BACKFLOW_BUILD names, else an installed one, else of a build folder above."""
    named = os.environ.get("BACKFLOW_BUILD")
    above = [build for folder in pathlib.Path(__file__).resolve().parents for build in sorted(folder.glob("build/*"))]
    for places in [[named]] if named else [[], above]:
        sys.path[:0] = map(str, places)
        try:
            module = importlib.import_module("backflow")
        except ModuleNotFoundError as error:
            if error.name != "backflow":
                raise
        else:
            if hasattr(module, "Graph"):
                return module
            del sys.modules["backflow"]  # only a folder of that name
        finally:
            del sys.path[: len(places)]
    version = ".".join(map(str, sys.version_info[:2]))
    sys.exit(
        f"{pathlib.Path(__file__).name}: the module backflow for Python {version} was not found"
        + (f" in BACKFLOW_BUILD={named}" if named else "")
        + ": run `pip install ./examples/python` in a clone of backflow, or `cmake --install build/release` for Debian's "
        "python3, or name the folder of a build in BACKFLOW_BUILD"
    )


bf = _import_backflow()


def _relu(x):
    """A NaN stays one, as in torch; bf.relu would make it 0."""
    return bf.scaled_relu(x, scale=1)


_FUNCTIONS = {"relu": _relu, "sigmoid": bf.sigmoid, "tanh": bf.tanh, "identity": bf.identity}
_LOSSES = {"mse": bf.mse_loss, "bce": bf.bce_loss}
_SCHEDULER = bf.Scheduler(threads=1)  # networks of this size are done before a second thread is awake
_BATCH_SIZES = 16  # for which a network keeps its compiled flows


class MLP:
    """parameters: W1 (out1, in1), b1 (out1,), W2 (out2, in2), b2 (out2,), may be edited or replaced.
    grads: dJdW1, dJdb1, dJdW2, dJdb2, of the same shapes."""

    def __init__(
        self,
        linear_1_in_features,
        linear_1_out_features,
        f_function,
        linear_2_in_features,
        linear_2_out_features,
        g_function,
    ):
        for function in (f_function, g_function):
            if function not in _FUNCTIONS:
                raise ValueError(f"unknown function {function!r}; there are {', '.join(_FUNCTIONS)}")
        if linear_2_in_features != linear_1_out_features:
            raise ValueError(
                f"linear_2_in_features is {linear_2_in_features}, "
                f"but the first layer has {linear_1_out_features} outputs"
            )
        self.f_function, self.g_function = f_function, g_function
        self.parameters = dict(
            W1=torch.randn(linear_1_out_features, linear_1_in_features),
            b1=torch.randn(linear_1_out_features),
            W2=torch.randn(linear_2_out_features, linear_2_in_features),
            b2=torch.randn(linear_2_out_features),
        )
        self.grads = {f"dJd{name}": torch.zeros_like(p) for name, p in self.parameters.items()}
        self.cache = dict()
        self._shapes = {name: list(p.shape) for name, p in self.parameters.items()}
        self._networks = dict()

    def forward(self, x):
        """x (batch, in1) → ŷ (batch, out2)"""
        x = torch.as_tensor(x)
        if x.ndim != 2:
            raise ValueError(f"x needs shape (batch, {self._shapes['W1'][1]}), got {tuple(x.shape)}")
        if len(x) == 0:
            raise ValueError(f"x has shape {tuple(x.shape)}: a batch needs at least one row")
        network = self._network(len(x))
        p = {name: torch.as_tensor(value) for name, value in self.parameters.items()}
        network.forward.run(
            x=x.detach(), W1=p["W1"].detach(), b1=p["b1"].detach(), W2=p["W2"].detach(), b2=p["b2"].detach()
        )
        self.cache["network"] = network  # whose flows hold x and the parameters
        return network.y_hat.to(p["W1"].dtype, copy=True)

    def backward(self, dJdy_hat):
        """Fills grads from dJdy_hat (batch, out2), for the x and the parameters of the last forward."""
        if "network" not in self.cache:
            raise ValueError("backward needs a forward before it, with no clear_grad_and_cache in between")
        network = self.cache["network"]
        network.backward.run(dJdy_hat=torch.as_tensor(dJdy_hat).detach())
        for name, gradient in network.grads.items():
            self.grads[name].copy_(gradient)

    def clear_grad_and_cache(self):
        for gradient in self.grads.values():
            gradient.zero_()
        self.cache = dict()

    def __deepcopy__(self, memo):
        """Parameters and gradients are copied; the copy begins without a cache."""
        result = copy.copy(self)
        result.parameters = {name: value.detach().clone() for name, value in self.parameters.items()}
        result.grads = {name: value.clone() for name, value in self.grads.items()}
        result.cache, result._networks = dict(), dict()
        return result

    def _network(self, batch):
        if batch not in self._networks:
            if len(self._networks) == _BATCH_SIZES:
                del self._networks[next(iter(self._networks))]
            self._networks[batch] = _Network(batch, self._shapes, self.f_function, self.g_function)
        return self._networks[batch]


class _Network:
    """The flows of one batch size. Backward reads the inputs of forward where they lie and computes the activations
    again, which takes less time here than to hand them over."""

    def __init__(self, batch, shapes, f_function, g_function):
        shapes = {"x": [batch, shapes["W1"][1]], **shapes}

        def build():
            graph = bf.Graph()
            inputs = {name: graph.input(name, shape) for name, shape in shapes.items()}
            x, w1, b1, w2, b2 = inputs.values()
            a1 = _FUNCTIONS[f_function](bf.linear(x, w1, b1))
            return graph, inputs, _FUNCTIONS[g_function](bf.linear(a1, w2, b2))

        graph, inputs, y_hat = build()
        graph.output("y_hat", y_hat)
        self.forward = bf.Flow(graph, bf.Store(), _SCHEDULER, "forward")
        self.y_hat = torch.from_numpy(self.forward.output("y_hat"))

        graph, inputs, y_hat = build()
        seed = graph.input("dJdy_hat", y_hat.shape)
        wrt = [inputs[name] for name in ("W1", "b1", "W2", "b2")]
        for value, gradient in zip(wrt, bf.gradient([y_hat], wrt, [seed])):
            graph.output(f"dJd{value.name}", gradient)
        self.backward = bf.Flow(graph, bf.Store(), _SCHEDULER, "backward")
        for name in shapes:
            if self.backward.has_input(name):
                self.backward.bind(name, self.forward.input(name))
        self.grads = {f"dJd{v.name}": torch.from_numpy(self.backward.output(f"dJd{v.name}")) for v in wrt}


class _Loss:
    """J and dJ/dŷ of one loss for one shape."""

    def __init__(self, function, shape):
        graph = bf.Graph()
        y, y_hat = graph.input("y", shape), graph.input("y_hat", shape)
        J = _LOSSES[function](y_hat, y)
        graph.output("J", J)
        graph.output("dJdy_hat", bf.gradient(J, y_hat))
        self.flow = bf.Flow(graph, bf.Store(), _SCHEDULER, function)
        self.J = torch.from_numpy(self.flow.output("J"))
        self.dJdy_hat = torch.from_numpy(self.flow.output("dJdy_hat"))

    def __call__(self, y, y_hat):
        self.flow.run(y=y.detach(), y_hat=y_hat.detach())
        return self.J[0].to(y_hat.dtype, copy=True), self.dJdy_hat.to(y_hat.dtype, copy=True)


_compiled_loss = lru_cache(maxsize=64)(_Loss)


def _loss(function, y, y_hat):
    y, y_hat = torch.as_tensor(y), torch.as_tensor(y_hat)
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {tuple(y.shape)}, but y_hat {tuple(y_hat.shape)}")
    if y_hat.numel() == 0:
        raise ValueError(f"{function}_loss of shape {tuple(y_hat.shape)} has no elements: their mean does not exist")
    return _compiled_loss(function, tuple(y_hat.shape))(y, y_hat)


def mse_loss(y, y_hat):
    """J, the mean over all elements of (ŷ − y)², and dJ/dŷ"""
    return _loss("mse", y, y_hat)


def bce_loss(y, y_hat):
    """J, the mean over all elements of −(y log ŷ + (1 − y) log(1 − ŷ)), and dJ/dŷ, for ŷ in [0, 1]"""
    return _loss("bce", y, y_hat)
