#!/usr/bin/env python3
"""Checks that clang compiles the library and what the programs share: their syntax alone, from the commands of a build
with another compiler."""

import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if len(sys.argv) != 3:
    sys.exit("usage: check_clang.py CLANG BUILD    reads BUILD/compile_commands.json")
# Hints and captures that only GCC uses, and initializers left out on purpose.
NOT_FOR_CLANG = ("missing-field-initializers", "unknown-pragmas", "unused-lambda-capture")
TARGETS = re.compile(r"\b(backflow_objects|backflow_apps|backflow_flags)\.dir")  # what the fuzz targets are built of
clang, build = sys.argv[1], Path(sys.argv[2])


def syntax_command(command):
    """The command of another compiler, as one of clang that writes nothing."""
    words = iter(shlex.split(command)[1:])
    kept = []
    for word in words:
        if word in ("-o", "-MF", "-MT"):
            next(words)
        elif word == "-isystem":
            kept += [word, next(words)]
        elif word.startswith(("-I", "-D", "-std", "-m")) or word.endswith((".cxx", ".cpp")):
            kept.append(word)
    return [clang, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", *(f"-Wno-{name}" for name in NOT_FOR_CLANG), *kept]


def complaint(entry):
    run = subprocess.run(syntax_command(entry["command"]), cwd=entry["directory"], capture_output=True, text=True)
    return run.stderr if run.returncode else ""


commands = json.loads((build / "compile_commands.json").read_text())
library = [entry for entry in commands if TARGETS.search(entry.get("output", entry["command"]))]
if not library:
    sys.exit(f"check_clang.py: {build}/compile_commands.json has no source of the library")
with ThreadPoolExecutor(os.cpu_count()) as pool:
    complaints = [text for text in pool.map(complaint, library) if text]
print("\n".join(complaints))
print(f"{len(library)} units, {len(complaints)} do not compile")
sys.exit(1 if complaints else 0)
