#!/usr/bin/env python3
"""Checks what the compiler does not: includes go one way, only ops/ names oneDNN, only runtime/ names TBB, headers open
with a sentence, every op has its test, the top level holds only what it should. Prints one line for each thing that is
wrong; exit status 1 if there is any.

usage: check_structure.py [ROOT]
"""
import re
import subprocess
import sys
from pathlib import Path

ROOMS = ["graph", "ops", "runtime", "examples", "tests"]
TOP_LEVEL = {*ROOMS, "docs", "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE"}
LONGEST_FILE = 400


def check_includes(path, room, text):
    """Includes point to the same room or to one before it; the libraries stay in their rooms."""
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if not found:
            continue
        target = found[1]
        first = target.split("/")[0]
        if first in ROOMS and ROOMS.index(first) > ROOMS.index(room):
            yield f"{path}:{number}: {room}/ must not include {first}/"
        if re.match(r"(oneapi/)?(dnnl|tbb)", target) and room == "graph":
            yield f"{path}:{number}: graph/ must not include {target}"
        if re.match(r"(oneapi/)?tbb", target) and room == "ops":
            yield f"{path}:{number}: TBB belongs to runtime/"
        if re.match(r"(oneapi/)?dnnl", target) and room == "runtime":
            yield f"{path}:{number}: oneDNN belongs to ops/"
        if "flow_graph.h" in target and path.suffix == ".h":
            yield f"{path}:{number}: flow_graph.h takes a second to compile; it belongs in a .cpp"


def check_header(path, text):
    lines = text.splitlines()
    if not lines or not lines[0].startswith("// "):
        yield f"{path}:1: a header opens with a sentence that says what it is for"
    if "#pragma once" not in lines:
        yield f"{path}: needs #pragma once"
    for number, line in enumerate(lines, 1):
        if re.match(r"\s*using namespace", line):
            yield f"{path}:{number}: no using namespace in a header"


def check_source(root, path, text):
    """A source file includes its own header first."""
    own = path.with_suffix(".h")
    first = re.search(r'#include [<"]([^>"]+)[>"]', text)
    if (root / own).exists() and first and first[1] != str(own):
        yield f"{path}: its own header comes first"


def check_tests(root):
    for header in sorted((root / "ops").glob("*.h")):
        text, op = header.read_text(), header.stem
        if "Internal to ops/" in text or not re.search(rf"^(inline )?(std::vector<Value>|Value) {op}\(", text, re.M):
            continue
        if not (root / "tests/ops" / f"{op}_test.cpp").exists():
            yield f"{header.relative_to(root)}: has no tests/ops/{op}_test.cpp"


def check_top_level(root):
    listed = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True, check=False).stdout
    for name in sorted({line.split("/")[0] for line in listed.splitlines()}):
        if name not in TOP_LEVEL and not name.startswith("."):
            yield f"{name}: does not belong on the top level"


def check(root):
    for room in ROOMS:
        for file in sorted((root / room).rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            path, text = file.relative_to(root), file.read_text()
            yield from check_includes(path, room, text)
            yield from check_header(path, text) if path.suffix == ".h" else check_source(root, path, text)
            if text.count("\n") > LONGEST_FILE:
                yield f"{path}: has more than {LONGEST_FILE} lines"
    yield from check_tests(root)
    yield from check_top_level(root)


if __name__ == "__main__":
    problems = list(check(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
    print("\n".join(problems) or "The structure is as it should be.")
    sys.exit(bool(problems))
