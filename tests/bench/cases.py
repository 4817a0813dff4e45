"""What compare.py times: the cases, and for each the programs of ours and of its peers."""
import collections
import os
import pathlib
import platform
import subprocess

HERE = pathlib.Path(__file__).parent
# Debian's default OpenBLAS has a thread pool of its own that fights with PyTorch's; with this one 2 threads run well.
OPENMP_BLAS = pathlib.Path(f"/usr/lib/{platform.machine()}-linux-gnu/openblas-openmp")
OURS, BUSY, CEILING, BF16 = "backflow", "one CPU busy", "GEMM alone", "bf16 autocast"
Case = collections.namedtuple("Case", "name flags aim")
# `busy`: one CPU is kept busy by somebody else meanwhile. `judged`: ratios are to the best of those.
Entry = collections.namedtuple("Entry", "label command environment busy judged", defaults=(None, False, True))


def mlp(widths, batch, aim, optimizer="SGD"):
    flags = f"--model mlp --hidden {widths.replace('-', ',')} --batch {batch} --optimizer {optimizer.lower()}"
    return Case(f"MLP 784-{widths}-10, batch {batch}, {optimizer}", flags.split(), aim)


def cnn(batch, aim):
    return Case(f"CNN, batch {batch}, SGD", f"--model cnn --batch {batch}".split(), aim)


def images(model, title, targets, aim):
    return Case(f"{title} 224, image-step, {targets} targets", f"--model {model} --targets {targets}".split(), aim)


CASES = {
    "first": [mlp("256-256", 128, "≥ 2.3"), cnn(128, "≥ 2.5")],
    "mlp": [*(mlp("128", batch, aim) for batch, aim in ((1, "≥ 4"), (8, "≥ 3"), (64, "≥ 2.2"))),
            *(mlp("256-256", batch, aim) for batch, aim in ((1, "≥ 8"), (32, "≥ 3"), (128, "≥ 2.3"), (512, "≥ 1.5"))),
            mlp("512-512", 64, "≥ 2.5", "Adam")],
    "cnn": [cnn(32, "≥ 2.5"), cnn(128, "≥ 2.5")],
    "images": [images("squeezenet1_0", "SqueezeNet", 8, "≥ 2"), images("vgg13", "VGG13", 8, "≥ 1.5"),
               images("mobilenet_v2_1.0_224", "MobileNetV2", 8, "–"), images("resnet18", "resnet18", 8, "–")],
    "explain": [Case(f"{title} 224, integrated gradients of 64 points", ["--model", model], "≥ 2")
                for model, title in (("squeezenet1_0", "SqueezeNet"), ("mobilenet_v2_1.0_224", "MobileNetV2"))],
    "bf16-images": [images("squeezenet1_0", "SqueezeNet", 8, "≥ 3"), images("vgg13", "VGG13", 8, "≥ 6, with AMX")],
    "ceiling": [mlp("1024-1024-1024", 512, "≥ 75 % of the ceiling")],
    "bf16": [mlp("1024-1024-1024", 512, "≥ 1.6"), cnn(32, "≥ 2.5"), cnn(128, "≥ 2.5")],
    "busy": [mlp("256-256", 128, "≤ 1.4 × our own one-thread time")],
    "pictures": [Case("decoding 500 × 375 JPEGs to 224 × 224, batches of 64", "--size 224 --batch 64".split(), "≥ 2")],
    "nodes": [Case(f"1,024 empty nodes, {s}", ["--shape", s], "≥ 0.83") for s in ("chain", "fan", "wavefront")],
}


# PyTorch's guide to performance advises other allocators: glibc's gives large blocks back to the system after each step.
ALLOCATORS = {name: library for name in ("tcmalloc_minimal.so.4", "jemalloc.so.2")
              for library in [pathlib.Path(f"/usr/lib/{platform.machine()}-linux-gnu/lib{name}")] if library.exists()}
CORE_TYPES = ["", "Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"]  # of OpenBLAS; "": it looks at the CPU
best_core_type = {}  # by number of threads; compare.py finds out


def blas_environment(threads, core_type=None, allocator=None):
    """The environment of a peer, with the BLAS that suits this number of threads. A core type or cache size that somebody
    has set may halve OpenBLAS' speed, so that of the fastest products is taken."""
    given = {name: value for name, value in os.environ.items() if name not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    core_type = best_core_type.get(threads, "") if core_type is None else core_type
    chosen = {"OPENBLAS_CORETYPE": core_type} if core_type else {}
    openmp = {"LD_LIBRARY_PATH": str(OPENMP_BLAS)} if threads != "1" and OPENMP_BLAS.exists() else {}
    preload = {"LD_PRELOAD": str(allocator)} if allocator else {}
    return given | openmp | chosen | preload | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}


def with_allocators(entry, threads):
    """The entry with glibc's allocator and with each other that is installed."""
    yield entry
    for name, library in ALLOCATORS.items():
        yield entry._replace(label=f"{entry.label}, {name.split('.')[0]}",
                             environment=blas_environment(threads, allocator=library))


def pytorch(case, a, threads):
    """PyTorch with and without Python, each in every layout, and in bf16."""
    layouts = {", nchw": 0, ", channels_last": 1} if "cnn" in case.flags else {"": 0}
    programs = {"PyTorch": ([a.python, HERE / "torch_step.py"], ["--channels-last"]),
                "LibTorch": ([a.build / "bench_libtorch_step"], ["--channels-last", "1"])}
    for name, (command, channels_last) in programs.items():
        if not pathlib.Path(command[-1]).exists():
            continue  # built without that peer
        command = [*command, *case.flags, "--threads", threads]
        for layout, last in layouts.items():
            more = channels_last * last
            label = f"{name}, {threads} thread(s){layout}"
            yield from with_allocators(Entry(label, [*command, *more], blas_environment(threads)), threads)
            if name == "PyTorch" and last == len(layouts) - 1:
                yield Entry(f"{label}, {BF16}", [*command, *more, "--bf16"], blas_environment(threads), judged=False)


def image_steps(case, a, narrow):
    """Ours with all targets in one batch and with a flow for each; networks that have a file in --models are read."""
    file = a.models / f"{case.flags[1]}.onnx"
    command = [a.build / "bench_image_step", *case.flags, *(["--file", file] if file.exists() else []),
               *(["--precision", "bf16"] if narrow else [])]
    for t in a.threads:
        for way, flows in {"one batch": "1", "a flow each": case.flags[-1]}.items():
            yield Entry(f"{OURS}, {t} thread(s), {way}", [*command, "--flows", flows, "--threads", t])
    for t in a.threads:
        for layout, more in {"nchw": [], "channels_last": ["--channels-last"]}.items():
            command = [a.python, HERE / "torch_image_step.py", *case.flags, *more, "--threads", t]
            yield from with_allocators(Entry(f"PyTorch, {t} thread(s), {layout}", command, blas_environment(t)), t)
            if narrow:
                yield Entry(f"PyTorch, {t} thread(s), {layout}, {BF16}", [*command, "--bf16"], blas_environment(t))


def explanations(case, a):
    """Ours as `explain` does it; PyTorch with few and with many points at once."""
    flags = ["--file", a.models / f"{case.flags[1]}.onnx"]
    for t in a.threads:
        yield Entry(f"{OURS}, {t} thread(s)", [a.build / "bench_explain", *flags, "--threads", t])
    for t in a.threads:
        for layout, more in {"nchw": [], "channels_last": ["--channels-last"]}.items():
            for batch in ("8", "32"):
                command = [a.python, HERE / "torch_explain.py", *flags, *more, "--threads", t, "--batch", batch]
                yield from with_allocators(Entry(f"PyTorch, {t} thread(s), {layout}, {batch} at once", command,
                                                 blas_environment(t)), t)


def dlib(case, a, threads):
    command = a.build / "bench_dlib_step"
    if command.exists():
        yield Entry(f"dlib, {threads} thread(s)", [command, *case.flags], blas_environment(threads))


def picture_batches(case, a):
    """A folder of 5,000 JPEGs, made where it is missing, read by our workers and by torchvision's processes."""
    folder = a.build / "pictures"
    if not folder.exists():
        print("making 5,000 pictures", flush=True)
        subprocess.run([a.python, HERE / "make_pictures.py", folder, "5000"], check=True)
    flags = ["--data", folder, *case.flags]
    for t in a.threads:
        yield Entry(f"{OURS}, {t} thread(s)", [a.build / "bench_pictures", *flags, "--threads", t])
    for n in range(int(a.threads[-1]) + 1):
        yield Entry(f"PyTorch, DataLoader with {n} processes",
                    [a.python, HERE / "torch_pictures.py", *flags, "--processes", str(n)], blas_environment("1"))


def programs_of(group, case, a):
    """The programs of a case."""
    most = a.threads[-1]
    if group == "nodes":
        command = [a.build / "bench_empty_nodes", *case.flags, "--threads", most]
        return [Entry(OURS, [*command, "--by", "backflow"]), Entry("oneTBB", [*command, "--by", "tbb"])]
    if group == "pictures":
        return list(picture_batches(case, a))
    if group == "explain":
        return list(explanations(case, a))
    if "images" in group:
        return list(image_steps(case, a, group.startswith("bf16")))
    result = [Entry(f"{OURS}, {t} thread(s)", [a.build / "bench_step", *case.flags, "--threads", t]) for t in a.threads]
    for t in a.threads:
        result += [*pytorch(case, a, t), *(dlib(case, a, t) if group != "busy" else ())]
    if group == "bf16":
        result = [e._replace(command=[*e.command, "--precision", "bf16"]) if e.label.startswith(OURS) else
                  e._replace(judged=BF16 in e.label) for e in result]
    if group == "ceiling":
        result.append(Entry(CEILING, [a.build / "bench_gemm", "--threads", most], judged=False))
    if group == "busy":
        result = [e for e in result if BF16 not in e.label]
        result += [e._replace(label=f"{e.label}, {BUSY}", busy=True, judged=False)
                   for e in result if f"{most} thread(s)" in e.label]
    return result


def gemm_flops(flags):
    """Of one training step of an MLP: forward and weight gradient everywhere, data gradient but in the first layer."""
    hidden, batch = flags[flags.index("--hidden") + 1], int(flags[flags.index("--batch") + 1])
    widths = [784, *map(int, hidden.split(",")), 10]
    products = [2 * batch * a * b for a, b in zip(widths, widths[1:])]
    return 3 * sum(products) - products[0]
