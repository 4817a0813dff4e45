"""Makes the wheel of the module `backflow` (PEP 517), with Python's standard library alone.

CMake builds in build/pip-PYTHON of the clone, or in the folder that BACKFLOW_BUILD names.
"""
import base64
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import sysconfig
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
STUBS = "backflow-stubs/__init__.pyi"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


def _version():
    return re.search(r"project\(backflow VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]


def _cmake(*arguments):
    """pip hides installed packages from the Python of a build by PYTHONPATH; CMake must see Debian's NumPy."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(["cmake", *map(str, arguments)], check=True, env=environment)


def configure(build):
    options = ["-DCMAKE_BUILD_TYPE=Release", "-DBACKFLOW_PYTHON=ON", f"-DPython3_EXECUTABLE={sys.executable}"]
    options += ["-DBACKFLOW_BUILD_EXAMPLES=OFF", "-DBACKFLOW_BUILD_TESTS=OFF"]
    _cmake("-G", "Ninja", "-S", ROOT, "-B", build, *options)


def _built_module():
    """The path of the module, built for the Python that runs this."""
    build = pathlib.Path(os.environ.get("BACKFLOW_BUILD") or ROOT / f"build/pip-{sys.implementation.cache_tag}")
    if not (build / "CMakeCache.txt").exists():
        configure(build)
    _cmake("--build", build, "--target", "backflow_python")
    module = build / f"backflow{SUFFIX}"
    if not module.exists():
        raise SystemExit(f"{build} builds the module for another Python than {sys.executable}")
    return module


def _digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    version, abi = _version(), sys.implementation.cache_tag.replace("cpython-", "cp")
    tag = f"{abi}-{abi}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
    module, info = _built_module(), f"backflow-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: backflow\nVersion: {version}\nRequires-Dist: numpy\n"
    files = {
        module.name: module.read_bytes(),
        STUBS: (module.parent / STUBS).read_bytes(),
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: backflow\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
        f"{info}/LICENSE": (ROOT / "LICENSE").read_bytes(),
    }
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    wheel = f"backflow-{version}-{tag}.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return wheel


def build_sdist(sdist_directory, config_settings=None):
    raise SystemExit("backflow has no source distribution: install from a clone")
