#!/usr/bin/env python3
"""What every program has: --version, --log-level, --log-file, --completion. common_program.py CLASSIFY DREAM TRAIN (paths)."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAMS = {}  # name → path


class CommonTest(unittest.TestCase):
    def run_program(self, name, *arguments):
        return subprocess.run([PROGRAMS[name], *map(str, arguments)], capture_output=True, text=True, timeout=120)

    def test_version_names_what_it_stands_on(self):
        for name in PROGRAMS:
            done = self.run_program(name, "--version")
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)
            lines = done.stdout.splitlines()
            self.assertRegex(lines[0], rf"^{name} \d+\.\d+\.\d+$")
            self.assertRegex(lines[1], r"^oneDNN \d+\.\d+")
            self.assertRegex(lines[2], r"^oneTBB \d+\.\d+")
            self.assertRegex(lines[3], r"^CPU: \S+")

    def test_a_level_that_is_none_is_refused(self):
        for name in PROGRAMS:
            done = self.run_program(name, "--log-level", "loud")
            self.assertEqual(done.returncode, 2, name)
            self.assertIn("--log-level", done.stderr)

    def test_a_log_file_that_cannot_be_written_is_refused(self):
        needed = {"classify": ("--model", "x", "x.png"), "dream": (), "train": ()}
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
                ("train", "train --optimizer ", ["adam", "adamw", "sgd"]),
                ("train", "train --precision = b", ["bf16"]),
                ("train", "train --model c", ["cnn"]),
                ("train", "train --data f", ["fashion-mnist"]),
                ("train", "train --epochs ", []),
                ("dream", "dream --model x.onnx --preset ma", ["maco"]),
                ("dream", "dream --start ", ["grey", "noise"]),
                ("dream", "dream --no-cl", ["--no-clamp"]),
                ("dream", "dream --guide ", []),  # a file, which the shell completes
                ("classify", "classify --arch vgg", ["vgg13_bn"]),
                ("classify", "classify --log-level e", ["error"]),
                ("classify", "classify ph", [])):
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


if __name__ == "__main__":
    PROGRAMS = {pathlib.Path(path).name: path for path in sys.argv[1:]}
    unittest.main(argv=sys.argv[:1])
