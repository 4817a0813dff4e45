#!/usr/bin/env python3
"""How good are the pictures of `dream`? Each is shown to another network than the one that it was made for.

    dream_quality.py imagenet --models FOLDER   pictures for squeezenet1_0.onnx, judged by mobilenet_v2_1.0_224.onnx
    dream_quality.py fashion                    trains a convnet and two other networks on Fashion-MNIST: the convnet
                                                dreams; judges are one of convolutions alone and a perceptron

Prints a row a method: mean probability by its own network; mean probability, share in the top 5 and in the top 1 by the
judge; share of high frequencies; total variation. Pictures stay in --out."""
import argparse
import json
import pathlib
import subprocess

CLASSES = (365, 932, 951, 985, 403, 88, 1, 76)
METHODS = {
    "noise": ["--preset", "naive", "--lr", "0", "--set", "start_stddev=1"],
    "naive": ["--preset", "naive"],
    "homework": ["--preset", "homework"],
    "quality": ["--preset", "quality"],
    "maco": ["--preset", "maco"],
}


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def dream(arguments, settings, method, seed, out):
    """The measures of one run, one for each picture."""
    folder = out / f"{method}-{seed}"
    command = [arguments.dream, *settings, *METHODS[method], "--seed", seed, "--out", folder, "--grid",
               out / f"{method}-{seed}.png", "--quiet"]
    if arguments.precision:
        command += ["--precision", arguments.precision]
    if arguments.threads:
        command += ["--threads", arguments.threads]
    subprocess.run(list(map(str, command)), check=True)
    return json.loads((folder / "summary.json").read_text())


def row(method, measures):
    ranks = [m["judge"]["rank"] for m in measures]
    print(f"| {method} | {mean(m['own']['probability'] for m in measures):.2f} "
          f"| {mean(m['judge']['probability'] for m in measures):.3f} | {mean(r <= 5 for r in ranks):.2f} "
          f"| {mean(r == 1 for r in ranks):.2f} | {mean(m['high_frequency_share'] for m in measures):.2f} "
          f"| {mean(m['total_variation'] for m in measures):.3f} | {len(measures)} |", flush=True)


def table(arguments, settings, out):
    out.mkdir(parents=True, exist_ok=True)
    print("| method | own p | judge's p | its top 5 | its top 1 | HF | TV | pictures |\n| --- |" + " ---: |" * 7)
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    for method in arguments.methods:
        row(method, [m for seed in seeds for m in dream(arguments, settings, method, seed, out)])


def imagenet(arguments):
    models = pathlib.Path(arguments.models)
    settings = ["--model", models / "squeezenet1_0.onnx", "--judge", models / "mobilenet_v2_1.0_224.onnx", "--steps",
                arguments.steps or 128, "--size", 224]
    for c in CLASSES:
        settings += ["--target", f"class:{c}"]
    table(arguments, settings, pathlib.Path(arguments.out) / "imagenet")


def trained(arguments, out, name, *options):
    """The model that `train` makes with these options."""
    file = out / name / "model.safetensors"
    if not file.exists():
        subprocess.run([arguments.train, "--out", str(file.parent), "--quiet", *options], check=True)
    return file


def fashion(arguments):
    out = pathlib.Path(arguments.out) / "fashion"
    judges = {"allconv": ("--epochs", "10", "--optimizer", "adam", "--lr", "0.003"), "mlp": ("--epochs", "10")}
    name = arguments.judge
    judge = trained(arguments, out, name, "--model", name, *judges[name])
    robust = ("--robust", arguments.robust) if arguments.robust else ()
    model = trained(arguments, out, "-".join(["cnn", *robust[1:]]), "--model", "cnn", "--epochs", "5", *robust)
    settings = ["--model", model, "--judge", judge, "--steps", arguments.steps or 256, "--variants", arguments.variants]
    for c in range(10):
        settings += ["--target", f"class:{c}"]
    table(arguments, settings, out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("imagenet", "fashion"))
    build = pathlib.Path(__file__).parents[2] / "build" / "release"
    parser.add_argument("--dream", default=build / "dream")
    parser.add_argument("--train", default=build / "train")
    parser.add_argument("--models", default=pathlib.Path(__file__).parents[3] / "shared" / "models")
    parser.add_argument("--out", default="dream_quality")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--variants", type=int, default=10, help="pictures of each class and seed of Fashion-MNIST")
    parser.add_argument("--judge", choices=("allconv", "mlp"), default="allconv", help="of Fashion-MNIST's pictures")
    parser.add_argument("--robust", metavar="THREAT", help="train Fashion-MNIST's convnet against attacks, as linf:0.1")
    parser.add_argument("--precision", choices=("f32", "bf16"))
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    {"imagenet": imagenet, "fashion": fashion}[arguments.what](arguments)


if __name__ == "__main__":
    main()
