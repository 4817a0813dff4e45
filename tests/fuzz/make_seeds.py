#!/usr/bin/env python3
"""Writes the first inputs of the fuzz targets, DIR/TARGET/NAME: make_seeds.py DIR. JPEG files, which take an encoder,
are in corpus/jpeg, as those of GIF and WebP."""
import gzip
import io
import json
import pathlib
import struct
import sys
import zipfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "apps/support"))
import onnx_file  # noqa: E402


def onnx():
    """The small models of tests/reference, of every op, and one of several layers."""
    file = (HERE.parent / "reference/onnx.safetensors").read_bytes()
    begin = 8 + struct.unpack("<Q", file[:8])[0]
    for name, entry in json.loads(file[8:begin]).items():
        if name.endswith("/model"):
            first, last = (begin + offset for offset in entry["data_offsets"])
            if last - first <= 4096:
                yield name.split("/")[0], file[first:last]
    yield "layers", onnx_file.small_network()


def nodes(*listed):
    return json.dumps({"version": 1, "nodes": [dict(n) for n in listed]})


def parameter(name, *shape):
    return {"leaf": "parameter", "name": name, "shape": shape}


def op(kind, name, *inputs, shape=None, **options):
    node = {"op": kind, "name": name, "in": inputs, "options": options}
    return node if shape is None else {**node, "shape": shape}


WINDOW = {"kernel": [2, 2], "stride": [2, 2], "padding": [0, 0, 0, 0], "dilation": [1, 1]}
HEAD = [parameter("w", 3, 64), parameter("b", 3)]


def networks():
    """Descriptions of every op, of images [1, 8, 8]."""
    flat = [op("reshape", "flat", 0, shape=[64])]
    yield "linear", nodes(*HEAD, *flat, op("linear", "fc", 3, 1, 2))
    for kind in "relu relu6 sigmoid silu tanh hardswish identity gelu".split():
        yield kind, nodes(*HEAD, op(kind, "y", 0), op("reshape", "flat", 3, shape=[64]), op("linear", "fc", 4, 1, 2))
    for kind, options in {"elu": {"alpha": [0.5]}, "leaky_relu": {"alpha": [0.1]}, "scale": {"factor": [2]},
                          "softmax": {"axis": [1]}}.items():
        yield kind, nodes(*HEAD, *flat, op(kind, "y", 3, **options), op("linear", "fc", 4, 1, 2))
    for kind in "add multiply subtract sum".split():
        yield kind, nodes(*HEAD, *flat, op(kind, "y", 3, 3), op("linear", "fc", 4, 1, 2))
    for kind in "divide maximum minimum power".split():
        yield kind, nodes(*HEAD, *flat, op(kind, "y", 3, 3), op("linear", "fc", 4, 1, 2))
    moves = [op("pad", "pad", 0, before=[0, 0, 1, 0], after=[0, 0, 0, 1], value=[0.5]),
             op("slice", "slice", 1, shape=[1, 8, 8], begin=[0, 0, 1, 1]),
             op("transpose", "turn", 2, order=[0, 1, 3, 2]), op("log_softmax", "soft", 3, axis=[1]),
             op("clip", "clip", 4, low=[-1], high=[1]), op("adaptive_average_pool2d", "pool", 5, shape=[1, 2, 2])]
    yield "moves", nodes(*moves, op("reshape", "end", 6, shape=[4]))
    yield "concat", nodes(op("concat", "both", 0, 0, axis=[1]), op("reshape", "flat", 1, shape=[128]))
    yield "sum_to", nodes(op("sum_to", "less", 0, shape=[1, 1, 8]), op("reshape", "flat", 1, shape=[8]))
    options = {**WINDOW, "groups": [1]}
    yield "conv2d", nodes(parameter("k", 2, 1, 2, 2), parameter("c", 2), op("conv2d", "conv", 0, 1, 2, **options),
                          op("reshape", "flat", 3, shape=[32]))
    norm = [parameter(f"n{i}", 1) for i in range(4)]
    yield "batch_norm", nodes(*norm, op("batch_norm", "norm", 0, 1, 2, 3, 4, epsilon=[0.00001]),
                              op("reshape", "flat", 5, shape=[64]))
    for kind, extra in {"max_pool2d": {"ceil_mode": [0]}, "average_pool2d": {"count_include_pad": [1]}}.items():
        yield kind, nodes(op(kind, "pool", 0, **WINDOW, **extra), op("reshape", "flat", 1, shape=[16]))


def layers():
    """Networks in the words of the ops, of images [1, 8, 8] and five classes."""
    end = ["flatten", {"linear": {"out": "classes"}}]

    def network(*listed, end=end):
        return json.dumps({"layers": [*listed, *end]}, indent=1)

    yield "small", network({"conv2d": {"out": 2, "kernel": 3, "padding": 1}}, "relu", {"max_pool2d": {"kernel": 2}})
    yield "residual", network({"conv2d": {"out": 2, "kernel": 3, "padding": 1, "bias": False}}, "batch_norm",
                              {"relu": {"name": "start"}}, {"conv2d": {"out": 2, "from": "images", "name": "side"}},
                              {"add": "start"}, {"multiply": {"from": "start", "with": "side"}},
                              {"concat": {"with": ["start", "side"]}})
    yield "repeated", network({"repeat": 2, "index": "n", "layers": [
        {"repeat": 2, "layers": [{"conv2d": {"out": 2, "groups": 1, "name": "c{n}.{i}"}}]}]})
    yield "pools", network({"average_pool2d": {"kernel": [2, 1], "stride": 1, "padding": [1, 0, 1, 0],
                                               "count_include_pad": False, "ceil_mode": True}},
                           {"adaptive_average_pool2d": {"height": 2, "width": 3}}, "global_average_pool2d")
    yield "mean", network("mish", {"elu": {"alpha": 0.5}}, {"leaky_relu": {"slope": 0.1}}, {"reduce_mean": {"axes": [2, 3]}},
                          end=end[1:])


def safetensors_file(tensors, metadata):
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


SETTINGS = {"model": "mlp", "hidden": "2", "data": "fashion-mnist", "epochs": "10", "batch": "128", "optimizer": "sgd",
            "lr": "0.1", "momentum": "0.9", "nesterov": "false", "weight-decay": "0", "label-smoothing": "0",
            "schedule": "cosine", "warmup": "0", "drop-every": "3", "drop": "0.1", "seed": "1", "precision": "f32"}
IMAGES = {"classes": "2", "image": "[1, 2, 2]", "mean": "0.25", "deviation": "0.5"}


def safetensors():
    sizes = {"F32": 4, "F16": 2, "BF16": 2, "F64": 8, "I32": 4, "I64": 8, "U8": 1, "BOOL": 1, "I16": 2, "U64": 8}
    yield "types", safetensors_file({k: (k, [2], bytes(2 * n)) for k, n in sizes.items()}, {})
    shapes = {"fc1.weight": [2, 4], "fc1.bias": [2], "fc2.weight": [2, 2], "fc2.bias": [2]}
    weights = {k: ("F32", s, bytes(4 * s[0] * (s[1] if len(s) > 1 else 1))) for k, s in shapes.items()}
    yield "checkpoint", safetensors_file(weights, {**SETTINGS, **IMAGES})
    yield "no_metadata", safetensors_file({f"module.{k}": v for k, v in weights.items()}, {})
    network = nodes(parameter("w", 2, 4), op("reshape", "flat", 0, shape=[4]), op("linear", "fc", 2, 1))
    yield "described", safetensors_file({"w": ("F32", [2, 4], bytes(32))}, {"network": network, **IMAGES})
    yield "empty", safetensors_file({"none": ("F32", [0, 3], b"")}, {})


def idx_bytes(shape, data):
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + data


def idx():
    for name, content in {"labels": idx_bytes([5], bytes(range(5))), "images": idx_bytes([2, 3, 4], bytes(24)),
                          "none": idx_bytes([0, 3, 4], b"")}.items():
        yield name, content
        yield f"{name}.gz", gzip.compress(content, mtime=0)


def tables():
    rows = "".join(f"{i},{'' if i % 7 == 3 else i / 4},{'red' if i % 3 else 'blue'},{'ab'[i % 2]}\n" for i in range(12))
    text = "x,y,colour,kind\n" + rows
    yield "classes", text
    yield "classes.gz", gzip.compress(text.encode(), mtime=0)
    yield "quotes", '\ufeff"a, ""b""",c\r\n"1\n2",3.5\r\nNA,4.25\r\n'.encode()
    yield "semicolons", "a;b\n" + "".join(f"{i};{i * i + 0.5}\n" for i in range(30))
    yield "tabs", "a\tb\n1,5\tx\n2,5\ty\n"


def recipe():
    columns = [{"name": "size", "mean": 3.0, "stddev": 2.0, "has_missing": True}, {"name": "colour", "categories": ["blue", "red"]}]
    for name, target in {"classes": {"name": "kind", "classes": ["no", "yes"]}, "number": {"name": "y", "mean": 1.5, "stddev": 0.5}}.items():
        yield name, json.dumps({"columns": columns, "target": target})


def arrays():
    shapes = {"<f4": ("(2, 3)", 24), "<f8": ("(3,)", 24), "|u1": ("(2, 1, 3)", 6), "<i4": ("()", 4), "<i8": ("(0, 3)", 0), "|O": ("(1,)", 8)}
    files = {}
    for number, (kind, (shape, size)) in enumerate(shapes.items()):
        text = f"{{'descr': '{kind}', 'fortran_order': {number % 2 == 0}, 'shape': {shape}, }}\n"
        files[kind.strip("<|")] = b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text.encode() + bytes(range(size))
    yield from files.items()
    for packed in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", packed) as archive:
            archive.writestr(zipfile.ZipInfo("x.npy"), files["f4"], packed)
            archive.writestr(zipfile.ZipInfo("y.npy"), files["f8"], packed)
        yield f"archive{packed}", out.getvalue()


def png_file(colour, depth=8, interlaced=False, palette=b"", transparent=b"", texts=()):
    """4 × 3 pixels of 0, 1, 2, …"""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = b"\0" + bytes(range((4 * channels * depth + 7) // 8))
    pixels = zlib.compress(bytes(200) if interlaced else 3 * row)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 3, depth, colour, 0, 0, interlaced)) +
            b"".join(chunk(kind, text) for kind, text in texts) + (chunk(b"PLTE", palette) if palette else b"") +
            (chunk(b"tRNS", transparent) if transparent else b"") + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def png():
    yield "grey", png_file(0)
    yield "grey_16", png_file(0, depth=16, transparent=b"\0\1")
    yield "bits", png_file(0, depth=1)
    yield "rgb", png_file(2, transparent=b"\0\0\0\1\0\2", texts=[(b"tEXt", b"Title\0caf\xe9"), (b"gAMA", b"\0\0\xb1\x8f")])
    yield "palette", png_file(3, depth=4, palette=bytes(range(48)), transparent=b"\0\x80")
    yield "grey_alpha", png_file(4)
    yield "rgba", png_file(6, texts=[(b"iTXt", b"dream\0\0\0en\0Traum\0{\"seed\": \xc3\xa9}")])
    yield "interlaced", png_file(2, interlaced=True)


def jpeg():
    """Exif orientations of both byte orders, before an image that corpus/jpeg has."""
    image = (HERE / "corpus/jpeg/grey").read_bytes()
    for name, order, tiff in (("little", "<", b"II*\0"), ("big", ">", b"MM\0*")):
        directory = struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
        body = b"Exif\0\0" + tiff + directory
        yield name, image[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + image[2:]


def jobs():
    train = {"name": "a", "kind": "train", "priority": 2, "share": 0.5, "limit_steps": 3, "checkpoint_every": 1,
             "settings": {"model": "mlp", "hidden": [4, 3], "epochs": 2, "optimizer": "adam", "lr": 0.01}}
    dream = {"name": "c", "kind": "dream", "model": "a", "preset": "quality", "after": ["b"],
             "objectives": ["class:3", "layer:fc1:7 - 0.5*class:\"b c\""], "options": {"steps": 9, "jitter": 2}}
    evaluate = {"name": "b", "kind": "evaluate", "checkpoint": "x.safetensors", "data": "mine", "out": "there"}
    yield "all", json.dumps({"threads": 2, "memory_limit": 1 << 30, "jobs": [train, evaluate, dream]}, indent=1)
    yield "circle", json.dumps({"jobs": [{"name": n, "kind": "train", "after": [m]} for n, m in ("ab", "ba")]})


OPTIONS = {"width": 8, "height": 8, "variants": 1, "seed": 1, "start": "noise", "parameterization": "pixels",
           "optimizer": "adam", "schedule": "constant", "scales": [0.5, 1], "steps": 20, "learning_rate": 0.05,
           "normalize": "l2", "octave_carry": "image", "precision": "f32", "clamp": True, "blur_every": 4}
FILE = {"path": "", "crc32": ""}


def settings():
    run = {"models": [{"path": "net.onnx", "crc32": "0123abcd"}], "arch": "", "standardize": "0.5/0.5",
           "targets": [{"objective": "class:1", "title": "class:1 caf\u00e9"}], "options": {}, "photo": FILE,
           "guide": FILE, "mask": FILE, "limit_steps": 0}
    yield "run", json.dumps(run)
    for name, value in OPTIONS.items():
        yield f"option_{name}", json.dumps({**run, "options": {name: value}})
    for i, text in enumerate(['class:88', 'class:macaw - 0.5*layer:conv4', 'layer:a:7:3,4 + neuron:b:2', 'guide:"a b"',
                              'direction:n:7=1,9=-.5 + cosine:n:1=2', '-2*style:x + diversity:y - caricature:z']):
        yield f"objective_{i}", text


def options():
    for name, line in {
            "train": "train --model cnn --epochs 5 --out out/cnn", "resume": "train --resume --out x --epochs=9",
            "settings": "train --hidden 3,4 --lr 0.5 --schedule step --drop 0.25 --nesterov --max-memory 2GiB",
            "watch": "train --watch layer:conv1:3-9 --watch-every 7 --no-nesterov --precision bf16 --seed 3",
            "dream": "dream --model a.onnx --target class:1 --preset homework --size 320x240 --blur 1,0.5,4",
            "set": "dream --show-settings --set jitter=8 --lr 0.1,0.01 --scales 0.5,1 --start grey --clamp --octaves 2",
            "again": "dream --again x.png --out y --every 3 --animation a.webp --grid g.png --report r.html"}.items():
        yield name, line.replace(" ", "\n")


def gif():
    """Other headers before an image that corpus/gif has."""
    image = (HERE / "corpus/gif/still.gif").read_bytes()
    yield "canvas", image[:6] + b"\x10\0\x20\0" + image[10:]
    yield "no_colours", image[:10] + b"\0" + image[11:]


def webp():
    image = (HERE / "corpus/webp/lossless.webp").read_bytes()
    yield "short", image[:-3]
    yield "length", image[:4] + b"\xff\xff\xff\x7f" + image[8:]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make_seeds.py DIR")
    for target, seeds in {"arrays": arrays, "recipe": recipe, "tables": tables, "gif": gif, "idx": idx, "jobs": jobs, "jpeg": jpeg, "layers": layers, "network": networks, "onnx": onnx,
                          "options": options, "png": png, "safetensors": safetensors, "settings": settings,
                          "webp": webp}.items():
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in seeds():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


main()
