"""Images that most represent a class for a classifier: gradient descent on the input, computed by backflow.

usage: sgd.py [MODEL] [options]; --help lists them. MODEL is an ONNX file, safetensors weights, or weights of torchvision
(.pth). Without it: the file that BACKFLOW_MODEL names, or what default_model() finds.

Works alone in any folder: finds the module `backflow` as _import_backflow() says, or says how to get it. Images are
arrays (1, 3, height, width) in 0 … 1, of NumPy or torch. Models and losses are functions of values of a graph, which
then has the gradient too; a model may also be a torchvision VGG or ResNet, of which only the parameters are read.
"""
import argparse
import importlib
import os
import pathlib
import sys

import numpy as np


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
MEAN = np.array([0.485, 0.456, 0.406])
STD = np.array([0.229, 0.224, 0.225])
_SCHEDULER = bf.Scheduler()


class Classifier:
    """A network from a file. Called with a value of a graph or an array, it gives the logits (1, classes) as such."""

    def __init__(self, file, arch=""):
        self.network = bf.load_model(str(file), arch)

    def __call__(self, image):
        return _evaluate(lambda value: self.network.build(value)[0], image)

    def layer(self, image, name):
        layers = self.network.build(image)[1]
        if name not in layers:
            raise ValueError(f"there is no layer '{name}'; there are {', '.join(layers)}")
        return layers[name]


class TorchClassifier:
    """A torchvision VGG or ResNet, or a Sequential of such layers, in evaluation mode: its parameters are read, the
    arithmetic is backflow's. What it has no counterpart for is a ValueError."""

    def __init__(self, module):
        if any(m.training for m in module.modules()):
            raise ValueError("the torch model is in training mode: call its eval() first")
        self.module = module
        self.names = {id(m): name for name, m in module.named_modules()}

    def __call__(self, image):
        return _evaluate(lambda value: self._append(self.module, value, None), image)

    def layer(self, image, wanted):
        """The output of a submodule, given as such or by its name."""
        module = wanted if hasattr(wanted, "named_modules") else dict(self.module.named_modules()).get(wanted)
        if id(module) not in self.names:
            raise ValueError(f"the model has no submodule {wanted!r}"[:200])
        try:
            self._append(self.module, image, module)
        except _Reached as reached:
            return reached.value
        raise ValueError(f"the submodule '{self.names[id(module)]}' is not on the model's way from image to logits")

    def _append(self, m, x, wanted):
        kind = type(m).__name__
        if kind not in _TORCH_LAYERS:
            name = self.names[id(m)]
            raise ValueError(f"torch's {kind} ('{name}') has no counterpart here; there are {', '.join(_TORCH_LAYERS)}")
        y = _TORCH_LAYERS[kind](self, m, x, lambda child, v: self._append(child, v, wanted))
        if m is wanted:
            raise _Reached(y)
        return y

    def _leaf(self, x, m, part, array=None):
        """A parameter of a module as one of x's graph; `array` instead of the parameter's own."""
        array = getattr(m, part).detach().cpu().numpy() if array is None else array
        array = np.ascontiguousarray(array, np.float32)
        return x.graph.parameter(f"{self.names[id(m)]}.{part}", list(array.shape), bf.from_values(array))

    def _conv2d(self, m, x, _):
        if isinstance(m.padding, str) or m.padding_mode != "zeros":
            raise ValueError(f"torch's Conv2d ('{self.names[id(m)]}') needs a padding of zeros that is given as numbers")
        bias = [self._leaf(x, m, "bias")] if m.bias is not None else []
        options = dict(stride=m.stride, padding=m.padding, dilation=m.dilation, groups=m.groups)
        return bf.conv2d(x, self._leaf(x, m, "weight"), *bias, **options)

    def _batch_norm(self, m, x, _):
        if m.running_mean is None or m.weight is None:
            raise ValueError(f"torch's BatchNorm2d ('{self.names[id(m)]}') needs running statistics and weights")
        mean, variance, weight, bias = (
            getattr(m, part).detach().cpu().double().numpy() for part in ("running_mean", "running_var", "weight", "bias")
        )
        factor = weight / np.sqrt(variance + m.eps)
        scale, shift = (a.reshape(1, -1, 1, 1) for a in (factor, bias - mean * factor))
        return bf.add(bf.multiply(x, self._leaf(x, m, "scale", scale)), self._leaf(x, m, "shift", shift))

    def _linear(self, m, x, _):
        return bf.linear(x, self._leaf(x, m, "weight"), *([self._leaf(x, m, "bias")] if m.bias is not None else []))

    def _max_pool2d(self, m, x, _):
        if m.dilation not in (1, (1, 1)):
            raise ValueError(f"torch's MaxPool2d ('{self.names[id(m)]}') needs a dilation of 1")
        return bf.max_pool2d(x, m.kernel_size, m.stride, m.padding, m.ceil_mode)

    def _adaptive_average_pool2d(self, m, x, _):
        size = m.output_size if isinstance(m.output_size, tuple) else (m.output_size, m.output_size)
        return bf.adaptive_average_pool2d(x, *(x.shape[2 + i] if n is None else n for i, n in enumerate(size)))

    def _sequential(self, m, x, append):
        for child in m:
            x = append(child, x)
        return x

    def _vgg(self, m, x, append):
        return append(m.classifier, bf.flatten(append(m.avgpool, append(m.features, x))))

    def _resnet(self, m, x, append):
        for child in (m.conv1, m.bn1, m.relu, m.maxpool, m.layer1, m.layer2, m.layer3, m.layer4, m.avgpool):
            x = append(child, x)
        return append(m.fc, bf.flatten(x))

    def _block(self, m, x, append):
        """A residual block: m.relu stands behind all convolutions but the last, and behind the sum."""
        y, layers = x, [n for n in ("1", "2", "3") if hasattr(m, "conv" + n)]
        for n in layers:
            y = append(getattr(m, "bn" + n), append(getattr(m, "conv" + n), y))
            if n != layers[-1]:
                y = bf.relu(y)
        return append(m.relu, bf.add(y, x if m.downsample is None else append(m.downsample, x)))


class _Reached(Exception):
    def __init__(self, value):
        self.value = value


def _same(network, m, x, append):
    return x


_TORCH_LAYERS = {
    "Conv2d": TorchClassifier._conv2d,
    "BatchNorm2d": TorchClassifier._batch_norm,
    "Linear": TorchClassifier._linear,
    "MaxPool2d": TorchClassifier._max_pool2d,
    "AdaptiveAvgPool2d": TorchClassifier._adaptive_average_pool2d,
    "ReLU": lambda network, m, x, append: bf.relu(x),
    "Sigmoid": lambda network, m, x, append: bf.sigmoid(x),
    "Tanh": lambda network, m, x, append: bf.tanh(x),
    "Flatten": lambda network, m, x, append: bf.flatten(x),
    "Dropout": _same,
    "Identity": _same,
    "Sequential": TorchClassifier._sequential,
    "VGG": TorchClassifier._vgg,
    "AlexNet": TorchClassifier._vgg,
    "ResNet": TorchClassifier._resnet,
    "BasicBlock": TorchClassifier._block,
    "Bottleneck": TorchClassifier._block,
}


def _model(model):
    return TorchClassifier(model) if hasattr(model, "named_modules") else model


def forward_and_return_activation(model, input, module):
    """What a layer gives for the input, a value or an array. `module` is the layer's name or, of a torch model, the
    submodule."""
    network = _model(model)
    return _evaluate(lambda image: network.layer(image, module), input)


def normalize(img):
    """(x − mean) / std by channel, of a value or an array."""
    return _evaluate(lambda value: bf.channel_mix(value, np.diag(1 / STD).ravel(), -MEAN / STD), img)


def random_shift(step=32):
    """dx and dy, each uniform in −step … step − 2, as [[dy, dx]]"""
    dx, dy = np.random.randint(-step, step - 1, 2) if step > 1 else (0, 0)
    return np.array([[dy, dx]], np.int32)


def normalize_and_jitter(img, step=32, shift=None):
    """The image rolled by random dx and dy, then normalised. A value of a graph, which has no random numbers, needs a
    value `shift` (1, 2), for which random_shift() makes the numbers of each run."""
    return _evaluate(lambda *values: normalize(bf.roll(*values)), img, random_shift(step) if shift is None else shift)


def gradient_descent(
    input,
    model,
    loss,
    iterations=256,
    *,
    blur_image=True,  # every fourth iteration, less and less
    clamp=True,  # pixels stay in 0 … 1
    weight_decay=True,  # pixels are drawn towards grey
    blur_gradient=True,  # less and less
    scales=True,  # a half, .7, then the whole size
    clip_gradient=True,  # no pixel moves further than 3 times what is usual
    learning_rate=0.02,  # of a gradient whose root mean square is 1; halves linearly
    step=32,  # jitter
):
    """The image that makes loss(model(image)) largest: descends on its negative, beginning at the input."""
    if iterations < 1:
        raise ValueError(f"iterations needs to be at least 1, got {iterations}")
    start, model = _array(input), _model(model)
    image = start
    sizes = [[round(n * scale) for n in image.shape[2:]] for scale in ((0.5, 0.7, 1) if scales else (1,))]
    tricks = dict(clamp=clamp, weight_decay=weight_decay, blur_gradient=blur_gradient, clip_gradient=clip_gradient)
    store = bf.Store()  # of the weights, for all sizes
    for k, (height, width) in enumerate(sizes):
        image = _evaluate(lambda v: bf.resize2d(v, height, width, "smooth"), image)
        ascent = _Ascent(image, model, loss, store, **tricks)
        for i in range(iterations * k // len(sizes), iterations * (k + 1) // len(sizes)):
            done = i / iterations
            ascent.run(
                shift=random_shift(step * height // start.shape[2]),
                rate=[learning_rate * (1 - done / 2)],
                gradient_sigma=[1 - 0.7 * done],
            )
            if blur_image and i % 4 == 3:
                ascent.blur(0.6 - 0.35 * done)
        image = ascent.image()
    return _like(image, input)


class _Ascent:
    """The flows of one size: a step uphill, and a blur of the image, which is a state in the store."""

    def __init__(self, image, model, loss, store, clamp, weight_decay, blur_gradient, clip_gradient):
        name = f"image.{image.shape[2]}x{image.shape[3]}"
        self.values, store[name] = store, image
        self.name = name

        graph = bf.Graph()
        state = graph.state(name, image.shape, bf.zeros())
        seen = normalize_and_jitter(state, shift=graph.input("shift", [image.shape[0], 2], "s32"))
        gradient = bf.gradient(loss(model(seen)), state)
        if blur_gradient:
            gradient = bf.blur(gradient, graph.input("gradient_sigma", [1]), max_sigma=1)
        gradient = bf.normalize_gradient(gradient, by="rms")
        if clip_gradient:
            gradient = bf.clip(gradient, -3, 3)
        bounds = dict(low=0, high=1) if clamp else {}
        decay = 0.002 if weight_decay else 0
        bf.ascend(state, gradient, graph.input("rate", [1]), decay=decay, toward=0.45, **bounds)
        self.step = bf.Flow(graph, store, _SCHEDULER, "gradient_descent")

        graph = bf.Graph()
        state = graph.state(name, image.shape, bf.zeros())
        bf.assign(state, bf.blur(state, graph.input("sigma", [1]), max_sigma=0.6))
        self.blurring = bf.Flow(graph, store, _SCHEDULER, "blur")

    def run(self, **inputs):
        self.step.run(**{name: value for name, value in inputs.items() if self.step.has_input(name)})

    def blur(self, sigma):
        self.blurring.run(sigma=[sigma])

    def image(self):
        return np.array(self.values[self.name], np.float32, order="C")


def _array(image):
    """As f32, from NumPy or torch."""
    if hasattr(image, "detach"):
        image = image.detach().cpu().numpy()
    image = np.asarray(image, np.float32)
    if image.ndim != 4 or image.shape[1] != 3:
        raise ValueError(f"an image needs shape (1, 3, height, width), got {image.shape}")
    return image


def _like(array, original):
    """In the type of the original: torch where that was torch."""
    if not hasattr(original, "detach"):
        return array
    import torch

    return torch.from_numpy(array).to(original.dtype)


def _evaluate(function, image, *more):
    """function(value, …) of arrays; of values, which are in a graph already, what the function gives."""
    if isinstance(image, bf.Value):
        return function(image, *more)
    graph = bf.Graph()
    arrays = [_array(image), *more]
    values = [graph.input(f"in{i}", a.shape, "f32" if a.dtype.kind == "f" else "s32") for i, a in enumerate(arrays)]
    graph.output("y", function(*values))
    flow = bf.Flow(graph, bf.Store(), _SCHEDULER, "evaluate")
    flow.run(**{f"in{i}": a for i, a in enumerate(arrays)})
    return _like(flow.output("y").copy(), image)


def save_img(image, path):
    """Writes a .png or .jpg, of pixels that are cut to whole numbers as the course's starter does."""
    pixels = np.clip(_array(image)[0].transpose(1, 2, 0) * 255, 0, 255).astype(np.uint8)
    bf.write_image(str(path), np.ascontiguousarray(pixels))


def default_model():
    """The file that BACKFLOW_MODEL names; else vgg13_bn weights or a SqueezeNet next to this file or in the current
    folder, or torchvision's download of the former. None where there is none."""
    if os.environ.get("BACKFLOW_MODEL"):
        return os.environ["BACKFLOW_MODEL"]
    beside = [pathlib.Path(__file__).resolve().parent, pathlib.Path()]
    cache = pathlib.Path(os.environ.get("TORCH_HOME", pathlib.Path.home() / ".cache/torch")) / "hub/checkpoints"
    for pattern, folders in (
        ("vgg13_bn*.safetensors", beside),
        ("vgg13_bn*.pth", [*beside, cache]),
        ("squeezenet*.onnx", beside),
    ):
        for folder in folders:
            for file in sorted(folder.glob(pattern)):
                return str(file)
    return None


def load_classifier(file, arch=""):
    """A Classifier, or of a .pth file a TorchClassifier. Throws a ValueError if the file cannot be used."""
    name = pathlib.Path(file).name
    arch = arch or ("vgg13_bn" if name.startswith("vgg13_bn") else "")
    if not name.endswith(".pth"):
        return Classifier(file, arch)
    try:
        import torch
        from torchvision import models
    except ImportError:
        raise ValueError(f"{file}: weights of torch need torchvision (Debian package python3-torchvision)") from None
    if not callable(getattr(models, arch or "-", None)):
        raise ValueError(f"{file}: --arch needs the name of its network in torchvision, such as vgg13_bn, got '{arch}'")
    network = getattr(models, arch)()
    try:
        network.load_state_dict(torch.load(file, map_location="cpu"))
    except Exception as error:  # whatever pickle or torch make of a bad file
        raise ValueError(f"{file}: no weights of {arch}: {str(error).splitlines()[0]}") from None
    return TorchClassifier(network.eval())


def probability(model, image, label):
    model = _model(model)
    return float(_evaluate(lambda v: bf.softmax(model(v))[0, label], image)[0])


def numbers(text):
    """"0,12" → [0, 12]"""
    if not all(part.isdecimal() for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"expected numbers with commas between them, got '{text}'")
    return [int(part) for part in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description="Writes img_LABEL.jpg: what the network takes for that class.")
    parser.add_argument(
        "model",
        nargs="?",
        help="an ONNX file, safetensors weights, or weights of torchvision (.pth); default: BACKFLOW_MODEL, or vgg13_bn "
        "weights or a SqueezeNet next to sgd.py",
    )
    parser.add_argument("--arch", default="", help="of weights: vgg13_bn, resnet18")
    parser.add_argument("--labels", type=numbers, default="0,12,954", help="classes (0,12,954: tench, finch, banana)")
    parser.add_argument("--layer", help="make images for the mean of channel LABEL of this layer instead")
    parser.add_argument("--iterations", type=int, default=256, help="(256)")
    parser.add_argument("--learning-rate", type=float, default=0.02, help="(0.02)")
    parser.add_argument("--size", type=int, default=224, help="pixels of the image (224)")
    parser.add_argument("--seed", type=int, default=0, help="(0)")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("."), help="folder for the images (.)")
    for trick in TRICKS:
        parser.add_argument("--no-" + trick.replace("_", "-"), dest=trick, action="store_false", help="without this trick")
    options = parser.parse_args()
    options.model = options.model or default_model()
    if options.model is None:
        parser.error(
            "there is no model: give an ONNX file or safetensors weights, name one in BACKFLOW_MODEL, or put vgg13_bn "
            "weights (vgg13_bn*.pth, .safetensors) or a SqueezeNet (squeezenet*.onnx) next to sgd.py"
        )
    return options


TRICKS = ("blur_image", "clamp", "weight_decay", "blur_gradient", "scales", "clip_gradient")


def main():
    options = arguments()
    model = load_classifier(options.model, options.arch)
    options.out.mkdir(parents=True, exist_ok=True)
    tricks = {trick: getattr(options, trick) for trick in TRICKS}
    np.random.seed(options.seed)
    for label in options.labels:
        image = (np.random.randn(1, 3, options.size, options.size) * 8 + 128) / 255
        seen = model
        if options.layer:
            seen = lambda img: forward_and_return_activation(model, img, options.layer)  # noqa: E731
        image = gradient_descent(
            image,
            seen,
            lambda tensor: tensor[0, label].mean(),
            options.iterations,
            learning_rate=options.learning_rate,
            **tricks,
        )
        save_img(image, options.out / f"img_{label}.jpg")
        if not options.layer:
            print(f"ANSWER_FOR_LABEL_{label}: {probability(model, image, label)}")
            print(f"ANSWER_FOR_LABEL_{label}_NORMALISED: {probability(model, normalize(image), label)}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, IndexError) as error:
        sys.exit(f"sgd.py: {error}")
