"""A teacher's first minute: mlp.py and sgd.py copied alone into a folder, and the module installed by pip."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import backflow
import judge  # noqa: F401  (skips this test without PyTorch)
import mlp

BUILD = pathlib.Path(backflow.__file__).parent
HOMEWORK = pathlib.Path(mlp.__file__).parent
SCRIPT = pathlib.Path(__file__).parent / "course/test1.py"


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def run_python(self, *arguments, folder=None, python=sys.executable, **environment):
        unset = ("PYTHONPATH", "BACKFLOW_BUILD", "BACKFLOW_MODEL")
        given = {name: value for name, value in os.environ.items() if name not in unset}
        given.update(HOME=str(self.root), **environment)
        return subprocess.run(
            [python, *map(str, arguments)], cwd=folder or self.root, env=given, capture_output=True, text=True
        )


class CopiedAlone(Folder):
    def setUp(self):
        super().setUp()
        self.folder = self.root / "clone/homework"
        self.folder.mkdir(parents=True)
        for file in (SCRIPT, HOMEWORK / "mlp.py", HOMEWORK / "sgd.py"):
            shutil.copy(file, self.folder)

    def prints_true(self, **environment):
        run = self.run_python("test1.py", folder=self.folder, **environment)
        self.assertEqual((run.returncode, run.stderr, set(run.stdout.split())), (0, "", {"True"}))

    def need_no_installed_module(self):
        if self.run_python("-c", "from backflow import Graph").returncode == 0:
            self.skipTest("backflow is installed for this Python, so that it is always found")

    def says(self, *parts, script="test1.py", code=1, **environment):
        run = self.run_python(script, folder=self.folder, **environment)
        self.assertEqual((run.returncode, run.stdout), (code, ""))
        self.assertNotIn("Traceback", run.stderr)
        for part in parts:
            self.assertIn(part, run.stderr)

    def test_both_files_look_for_the_module_in_the_same_way(self):
        def finder(name):
            text = (HOMEWORK / name).read_text()
            return text[text.index("def _import_backflow") : text.index("bf = _import_backflow")]

        self.assertEqual(finder("mlp.py"), finder("sgd.py"))

    def test_without_a_module_a_sentence_names_the_ways_to_get_it(self):
        self.need_no_installed_module()
        ways = ("pip install ./examples/python", "cmake --install build/release", "BACKFLOW_BUILD")
        self.says("mlp.py: the module backflow for Python 3.", *ways)
        self.says("sgd.py: the module backflow", *ways, script="sgd.py")

    def test_a_folder_called_backflow_is_not_the_module(self):
        self.need_no_installed_module()
        (self.folder / "backflow").mkdir()
        self.says("the module backflow for Python 3.")
        self.prints_true(BACKFLOW_BUILD=str(BUILD))

    def test_the_build_that_is_named_is_used(self):
        self.prints_true(BACKFLOW_BUILD=str(BUILD))
        self.says("was not found in BACKFLOW_BUILD=/nowhere", BACKFLOW_BUILD="/nowhere")

    def test_a_build_above_it_is_found(self):
        (self.root / "clone/build").mkdir()
        (self.root / "clone/build/release").symlink_to(BUILD)
        self.prints_true()

    def test_sgd_without_a_model_says_what_to_give(self):
        self.says("BACKFLOW_MODEL", "vgg13_bn", "squeezenet", script="sgd.py", code=2, BACKFLOW_BUILD=str(BUILD))
        wanted = dict(BACKFLOW_BUILD=str(BUILD), BACKFLOW_MODEL="none.onnx")
        self.says("none.onnx", script="sgd.py", code=1, **wanted)


class Pip(Folder):
    CLONE = pathlib.Path(__file__).resolve().parents[2]

    def setUp(self):
        super().setUp()
        made = self.run_python("-m", "venv", "--system-site-packages", "env")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.python = self.root / "env/bin/python3"

    def test_a_build_is_configured_where_pip_hides_installed_packages(self):
        hidden = self.root / "hidden"
        hidden.mkdir()
        (hidden / "sitecustomize.py").write_text(
            "import sys\nsys.path[:] = [p for p in sys.path if 'packages' not in p]\n"
        )
        configured = self.run_python(
            *("-c", f"import build_wheel; build_wheel.configure({str(self.root / 'build')!r})"),
            folder=self.CLONE / "examples/python",
            python=self.python,
            PYTHONPATH=str(hidden),
            PYTHONDONTWRITEBYTECODE="1",
        )
        self.assertEqual(configured.returncode, 0, configured.stdout + configured.stderr)
        self.assertTrue((self.root / "build/build.ninja").exists())

    def test_the_module_is_installed_from_a_clone_without_a_package_index(self):
        python = self.python
        installed = self.run_python(
            *("-m", "pip", "install", "--no-index", "./examples/python"),
            folder=self.CLONE,
            python=python,
            BACKFLOW_BUILD=str(BUILD),
        )
        self.assertEqual(installed.returncode, 0, installed.stdout + installed.stderr)
        used = self.run_python("-c", "import backflow; print(backflow.__file__, backflow.Graph())", python=python)
        self.assertEqual(used.returncode, 0, used.stderr)
        self.assertIn(str(self.root / "env"), used.stdout)
        self.assertTrue(list(self.root.glob("env/lib/*/site-packages/backflow-stubs/__init__.pyi")))


if __name__ == "__main__":
    unittest.main()
