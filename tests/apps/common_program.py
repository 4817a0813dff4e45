#!/usr/bin/env python3
"""What every program has: --version, --log-level, --log-file, --completion. common_program.py CLASSIFY DREAM TRAIN EXPORT PREDICT ATTACK EXPLAIN (paths)."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from support.dream_runs import photo
from support.onnx_file import small_network
from support.train_runs import write_data

PROGRAMS = {}  # name → path


class CommonTest(unittest.TestCase):
    def run_program(self, name, *arguments, **environment):
        return subprocess.run([PROGRAMS[name], *map(str, arguments)], capture_output=True, text=True, timeout=120,
                              env={**os.environ, **environment})

    def test_version_names_what_it_stands_on(self):
        for name in PROGRAMS:
            done = self.run_program(name, "--version")
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)
            lines = done.stdout.splitlines()
            self.assertRegex(lines[0], rf"^{name} \d+\.\d+\.\d+$")
            self.assertRegex(lines[1], r"^oneDNN \d+\.\d+")
            self.assertRegex(lines[2], r"^oneTBB \d+\.\d+")
            self.assertRegex(lines[3], r"^CPU: \S+")

    def test_the_environment_limits_the_instructions(self):
        done = self.run_program("train", "--version", BACKFLOW_MAX_ISA="plain")
        self.assertRegex(done.stdout, r"CPU: (SSE4.1|none that oneDNN has kernels for), limited by BACKFLOW_MAX_ISA")
        done = self.run_program("train", "--version", BACKFLOW_MAX_ISA="avx1024")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("BACKFLOW_MAX_ISA is 'avx1024'; expected plain, avx2 or avx512", done.stderr)

    def test_a_level_that_is_none_is_refused(self):
        for name in PROGRAMS:
            done = self.run_program(name, "--log-level", "loud")
            self.assertEqual(done.returncode, 2, name)
            self.assertIn("--log-level", done.stderr)

    def test_a_log_file_that_cannot_be_written_is_refused(self):
        needed = {"classify": ("--model", "x", "x.png"), "dream": (), "train": (), "export": ("--model", "x", "--onnx", "x.onnx"), "predict": ("--model", "x", "x.png"),
                  "attack": ("--model", "x", "--eps", "0.1", "x.png"),
                  "explain": ("--model", "x", "--out", "x", "x.png")}
        for name in PROGRAMS:
            done = self.run_program(name, "--log-file", "/proc/log", *needed[name])
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("--log-file", done.stderr)
            self.assertIn("/proc/log", done.stderr)

    def test_messages_go_into_the_file_and_only_where_asked(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            short = ("--model", "mlp", "--hidden", "8", "--limit-steps", "2", "--out", folder / "out", "--quiet")
            done = self.run_program("train", *short, "--log-file", folder / "log.txt")
            if "dataset" in done.stderr:
                self.skipTest("Fashion-MNIST is not installed")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
            text = (folder / "log.txt").read_text()
            self.assertIn("[backflow] [info] wrote", text)
            self.assertNotIn("[debug]", text)
            done = self.run_program("train", *short, "--log-level", "debug")
            self.assertEqual(done.returncode, 0, done)
            self.assertIn("compiled", done.stderr)
            self.assertEqual(self.run_program("train", *short).stderr, "")

    def completed(self, name, line):
        """What bash offers at the end of `line`, sorted."""
        words = line.split(" ")
        script = f"""source <("$1" --completion bash)
COMP_WORDS=("${{@:2}}") COMP_CWORD=$(($# - 2))
_{name}
printf '%s\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "-c", script, "bash", PROGRAMS[name], *words], capture_output=True, text=True,
                              timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        return sorted(done.stdout.split())

    def test_flags_and_words_are_completed(self):
        for name, line, wanted in (
                ("train", "train --opt", ["--optimizer"]),
                ("train", "train --optimizer ", ["adam", "adamw", "lion", "rmsprop", "sgd"]),
                ("train", "train --precision = b", ["bf16"]),
                ("train", "train --model c", ["cnn"]),
                ("train", "train --data f", ["fashion-mnist"]),
                ("train", "train --epochs ", []),
                ("dream", "dream --model x.onnx --preset ma", ["maco"]),
                ("dream", "dream --start ", ["grey", "noise"]),
                ("dream", "dream --no-cl", ["--no-clamp"]),
                ("dream", "dream --guide ", []),  # a file, which the shell completes
                ("classify", "classify --arch vgg13", ["vgg13", "vgg13_bn"]),
                ("classify", "classify --log-level e", ["error"]),
                ("classify", "classify ph", []),
                ("attack", "attack --method ", ["cw", "deepfool", "fgsm", "mim", "pgd", "square", "suite"]),
                ("attack", "attack --norm li", ["linf"]),
                ("explain", "explain --method gu", ["guided"]),
                ("explain", "explain --baseline b", ["black", "blur"]),
                ("export", "export --ext", ["--external-data"]),
                ("export", "export --arch vgg13_", ["vgg13_bn"])):
            self.assertEqual(self.completed(name, line), wanted, line)

    def test_every_flag_of_the_help_is_completed(self):
        for name in PROGRAMS:
            flags = re.findall(r"(?m)^  (?:-\w,)?(--[\w-]+)", self.run_program(name, "--help").stdout)
            self.assertGreater(len(flags), 10)
            self.assertLessEqual(set(flags), set(self.completed(name, f"{name} -")))

    def test_a_script_for_zsh_begins_with_its_compatibility_and_other_shells_are_refused(self):
        for name in PROGRAMS:
            scripts = [self.run_program(name, "--completion", shell).stdout for shell in ("bash", "zsh")]
            self.assertEqual(scripts[1], "autoload -U +X bashcompinit && bashcompinit\n" + scripts[0])
            self.assertIn(f"complete -o default -F _{name} {name}\n", scripts[0])
            done = self.run_program(name, "--completion", "fish")
            self.assertEqual(done.returncode, 2)
            self.assertIn("--completion", done.stderr)


class HostileFiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.model, self.photo, self.data = (self.folder / n for n in ("net.onnx", "photo.png", "data"))
        self.model.write_bytes(small_network())
        self.photo.write_bytes(photo())
        write_data(self.data)

    def run_program(self, name, *arguments, stdout=subprocess.PIPE):
        return subprocess.run([PROGRAMS[name], *map(str, arguments)], stdout=stdout, stderr=subprocess.PIPE, text=True,
                              timeout=60)

    def refused(self, wanted, name, *arguments):
        """Ends soon, with one short line on standard error that has `wanted`."""
        done = self.run_program(name, *arguments)
        self.assertIn(done.returncode, (1, 2), done)
        self.assertEqual(done.stderr.count("\n"), 1, done)
        self.assertLess(len(done.stderr), 1000)
        self.assertIn(str(wanted), done.stderr)

    def test_pipes_devices_and_folders_are_no_files(self):
        pipe, out = self.folder / "pipe", self.folder / "out"
        os.mkfifo(pipe)
        for bad in (pipe, "/dev/zero", self.folder):
            small = ("--model", self.model, "--target", "class:1", "--out", out)
            with self.subTest(bad):
                self.refused(bad, "classify", "--model", bad, self.photo)
                self.refused(bad, "classify", "--model", self.model, bad)
                self.refused(bad, "export", "--model", bad, "--onnx", out)
                self.refused(bad, "explain", "--model", bad, "--out", out, self.photo)
                self.refused(bad, "explain", "--model", self.model, "--out", out, "--labels", bad, self.photo)
                self.refused(bad, "classify", "--model", self.model, "--labels", bad, self.photo)
                self.refused(bad, "dream", "--model", bad, "--target", "class:1", "--out", out)
                self.refused(bad, "dream", *small, "--labels", bad)
                for flag in ("--start", "--guide", "--mask", "--judge"):
                    self.refused(bad, "dream", *small, flag, bad)
                self.refused(bad, "dream", "--again", bad, "--out", out)
                self.refused(bad, "train", "--jobs", bad)
                self.refused(bad, "train", "--data", self.data, "--checkpoint", bad, "--out", out)

    def test_pipes_in_folders_are_no_files(self):
        images = self.data / "t10k-images-idx3-ubyte"
        images.unlink()
        os.mkfifo(images)
        self.refused(images, "train", "--data", self.data, "--out", self.folder / "out")
        run = self.folder / "run"
        run.mkdir()
        os.mkfifo(run / "run.json")
        self.refused(run / "run.json", "dream", "--resume", "--out", run)
        os.mkfifo(run / "checkpoint.safetensors")
        self.refused(run / "checkpoint.safetensors", "train", "--resume", "--out", run)

    def test_settings_that_nest_deeply_are_refused(self):
        run = self.folder / "run"
        run.mkdir()
        (run / "run.json").write_text("[" * 1_000_000)
        self.refused("nests deeper than", "dream", "--resume", "--out", run)

    def test_what_does_not_arrive_ends_with_1(self):
        out = self.folder / "out"
        runs = {"classify": ("--model", self.model, self.photo),
                "export": ("--model", self.model, "--onnx", self.folder / "again.onnx"),
                "explain": ("--model", self.model, "--method", "saliency", "--out", out / "why", self.photo, "--quiet", "--json"),
                "dream": ("--model", self.model, "--target", "class:1", "--size", 16, "--steps", 2, "--out", out),
                "train": ("--data", self.data, "--hidden", 4, "--limit-steps", 1, "--out", out / "train")}
        for name, arguments in runs.items():
            for given in (arguments, ("--version",), ("--help",)):
                with self.subTest(name, arguments=given), open("/dev/full", "w") as full:
                    done = self.run_program(name, *given, stdout=full)
                    self.assertEqual((done.returncode, done.stderr), (1, f"{name}: cannot write to standard output\n"))

    def test_sizes_that_overflow_are_refused_with_the_bound(self):
        for arguments, wanted in ((("--hidden", "9223372036854775807,9223372036854775807"), "in 1 … 1048576"),
                                  (("--hidden", ",".join(["1"] * 10_000)), "1 … 64 entries, got 10000"),
                                  (("--epochs", 9223372036854775807), "in 1 … 1000000, got 9223372036854775807"),
                                  (("--batch", 9223372036854775807), "in 1 … 16777216, got 9223372036854775807"),
                                  (("--batch", "9" * 30), "in 1 … 16777216, got 999999"),
                                  (("--seed", "18446744073709551616"), "in 0 … 18446744073709551615, got 18446744"),
                                  (("--seed", -1), "in 0 … 18446744073709551615, got -1"),
                                  (("--threads", "9" * 30), "in 1 … 1024, got 999999")):
            with self.subTest(arguments):
                self.refused(wanted, "train", "--data", self.data, *arguments)


if __name__ == "__main__":
    PROGRAMS = {pathlib.Path(path).name: path for path in sys.argv[1:]}
    unittest.main(argv=sys.argv[:1])
