"""Images that most represent a class for a classifier: gradient descent on the input, computed by backflow.

usage: sgd.py MODEL.onnx [options]    or    sgd.py WEIGHTS.safetensors --arch vgg13_bn [options]; --help lists them

Needs the module `backflow`: PYTHONPATH=build/release, or installed. Images are arrays (1, 3, height, width) in 0 … 1,
of NumPy or torch. Models and losses are functions of values of a graph, which then has the gradient too.
"""
import argparse
import pathlib
import sys

import backflow as bf
import numpy as np

MEAN = np.array([0.485, 0.456, 0.406])
STD = np.array([0.229, 0.224, 0.225])
_SCHEDULER = bf.Scheduler()


class Classifier:
    """A network from a file. Called with a value of a graph or an array, it gives the logits (1, classes) as such."""

    def __init__(self, file, arch=""):
        self.network = bf.load_model(str(file), arch)

    def __call__(self, image):
        if isinstance(image, bf.Value):
            return self.network.build(image)[0]
        return _evaluate(self, image)

    def layer(self, image, name):
        layers = self.network.build(image)[1]
        if name not in layers:
            raise ValueError(f"there is no layer '{name}'; there are {', '.join(layers)}")
        return layers[name]


def forward_and_return_activation(model, input, module):
    """What the layer called `module` gives for the input, a value or an array."""
    if isinstance(input, bf.Value):
        return model.layer(input, module)
    return _evaluate(lambda image: model.layer(image, module), input)


def normalize(img):
    """(x − mean) / std by channel, of a value or an array."""
    if isinstance(img, bf.Value):
        return bf.channel_mix(img, np.diag(1 / STD).ravel(), -MEAN / STD)
    return _evaluate(normalize, img)


def random_shift(step=32):
    """dx and dy, each uniform in −step … step − 2, as [[dy, dx]]"""
    dx, dy = np.random.randint(-step, step - 1, 2) if step > 1 else (0, 0)
    return np.array([[dy, dx]], np.int32)


def normalize_and_jitter(img, step=32, shift=None):
    """The image rolled by random dx and dy, then normalised. A value of a graph, which has no random numbers, needs a
    value `shift` (1, 2), for which random_shift() makes the numbers of each run."""
    if isinstance(img, bf.Value):
        return normalize(bf.roll(img, shift))
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
    start = image = _array(input)
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
    """function(value, …) of arrays."""
    graph = bf.Graph()
    arrays = [_array(image), *more]
    values = [graph.input(f"in{i}", a.shape, "f32" if a.dtype.kind == "f" else "s32") for i, a in enumerate(arrays)]
    graph.output("y", function(*values))
    flow = bf.Flow(graph, bf.Store(), _SCHEDULER, "evaluate")
    flow.run(**{f"in{i}": a for i, a in enumerate(arrays)})
    return _like(flow.output("y").copy(), image)


def save_img(image, path):
    """Writes a .png or .jpg."""
    pixels = np.clip(_array(image)[0].transpose(1, 2, 0) * 255, 0, 255).round().astype(np.uint8)
    bf.write_image(str(path), np.ascontiguousarray(pixels))


def probability(model, image, label):
    return float(_evaluate(lambda v: bf.softmax(model(v))[0, label], image)[0])


def numbers(text):
    """"0,12" → [0, 12]"""
    if not all(part.isdecimal() for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"expected numbers with commas between them, got '{text}'")
    return [int(part) for part in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description="Writes img_LABEL.jpg: what the network takes for that class.")
    parser.add_argument("model", help="an ONNX file, or safetensors weights")
    parser.add_argument("--arch", default="", help="of safetensors weights: vgg13_bn, resnet18")
    parser.add_argument("--labels", type=numbers, default="0,12,954", help="classes (0,12,954: tench, finch, banana)")
    parser.add_argument("--layer", help="make images for the mean of channel LABEL of this layer instead")
    parser.add_argument("--iterations", type=int, default=256, help="(256)")
    parser.add_argument("--learning-rate", type=float, default=0.02, help="(0.02)")
    parser.add_argument("--size", type=int, default=224, help="pixels of the image (224)")
    parser.add_argument("--seed", type=int, default=0, help="(0)")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("."), help="folder for the images (.)")
    for trick in TRICKS:
        parser.add_argument("--no-" + trick.replace("_", "-"), dest=trick, action="store_false", help="without this trick")
    return parser.parse_args()


TRICKS = ("blur_image", "clamp", "weight_decay", "blur_gradient", "scales", "clip_gradient")


def main():
    options = arguments()
    model = Classifier(options.model, options.arch)
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
