#!/usr/bin/env python3
"""Checks what the compiler does not: includes point one way, among the rooms and among the rooms of runtime/; only ops/
names oneDNN, only runtime/ names TBB; public headers include no internal ones; headers open with a sentence; every op
has its test; files and functions are short; the top level holds only what it should. Prints one line for each thing
that is wrong; exit status 1 if there is any.

usage: check_structure.py [ROOT]
"""
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOMS = ["graph", "ops", "runtime", "examples", "tests"]
TOP_LEVEL = {*ROOMS, "docs", "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE"}
# Inside runtime/: a room includes itself and those of a lower rank.
RANK = {"log": -1, "compile": 0, "flow": 1, "scheduler": 2, "files": 3, "image": 4, "data": 5, "models": 6, "attack": 7,
        "train": 8, "dream": 8,
        "explain": 8}
INTERNAL_FOLDERS = re.compile(r"ops/(detail|kernels|onednn)/")
LONGEST_FILE, LONGEST_FUNCTION = 300, 50
INCLUDE = re.compile(r'\s*#\s*include\s*[<"](?:backflow/)?([^>"]+)[>"]')


def is_internal(path, text):
    """Not installed: a header in one of ops' inner folders, or one whose opening comment says so."""
    opening = re.match(r"(?://.*\n)*", text)[0]
    return bool(INTERNAL_FOLDERS.match(str(path))) or "Internal to" in opening


def check_direction(path, room, number, target):
    parts = target.split("/")
    if parts[0] in ROOMS and ROOMS.index(parts[0]) > ROOMS.index(room):
        yield f"{path}:{number}: {room}/ must not include {parts[0]}/"
    if room == parts[0] == "runtime":
        own, other = path.parts[1], parts[1]
        if own not in RANK or other not in RANK:
            yield f"{path}:{number}: runtime/{own if own not in RANK else other} is not a room; see RANK"
        elif own != other and RANK[other] >= RANK[own]:
            yield f"{path}:{number}: runtime/{own}/ must not include runtime/{other}/"


def check_libraries(path, room, number, target):
    if re.match(r"(oneapi/)?(dnnl|tbb)", target) and room == "graph":
        yield f"{path}:{number}: graph/ must not include {target}"
    if re.match(r"(oneapi/)?tbb", target) and room == "ops":
        yield f"{path}:{number}: TBB belongs to runtime/"
    if re.match(r"(oneapi/)?dnnl", target) and room == "runtime":
        yield f"{path}:{number}: oneDNN belongs to ops/"
    if "flow_graph.h" in target and path.suffix == ".h":
        yield f"{path}:{number}: flow_graph.h takes a second to compile; it belongs in a .cpp"


def check_includes(root, path, room, text):
    public = path.suffix == ".h" and room in ROOMS[:3] and not is_internal(path, text)
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        target = found[1]
        yield from check_direction(path, room, number, target)
        yield from check_libraries(path, room, number, target)
        other = root / target
        if public and other.exists() and is_internal(Path(target), other.read_text()):
            yield f"{path}:{number}: a public header must not include {target}, which is not installed"


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
    first = INCLUDE.search(text[text.find("#include") :] if "#include" in text else "")
    if (root / own).exists() and first and first[1] != str(own):
        yield f"{path}: its own header comes first"


def check_tests(root):
    for header in sorted((root / "ops").glob("*.h")):
        op = header.stem
        if not re.search(rf"^(inline )?(std::vector<Value>|Value) {op}\(", header.read_text(), re.M):
            continue
        if not (root / "tests/ops" / f"{op}_test.cpp").exists():
            yield f"{header.relative_to(root)}: has no tests/ops/{op}_test.cpp"


def check_functions(root, files):
    """Needs Universal Ctags; says so where it is missing."""
    if not shutil.which("ctags"):
        print("The length of functions is not checked: ctags (Debian package universal-ctags) was not found")
        return
    command = ["ctags", "--output-format=json", "--fields=+ne", "--kinds-C++=f", "-f", "-", *map(str, files)]
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        tag = json.loads(line)
        if "end" in tag and tag["end"] - tag["line"] + 1 > LONGEST_FUNCTION:
            place = f"{Path(tag['path']).relative_to(root)}:{tag['line']}"
            yield f"{place}: {tag['name']} has more than {LONGEST_FUNCTION} lines"


def check_top_level(root):
    """Needs Git; says so where it is missing."""
    if not shutil.which("git"):
        print("The top level is not checked: git was not found")
        return
    listed = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True, check=False).stdout
    for name in sorted({line.split("/")[0] for line in listed.splitlines()}):
        if name not in TOP_LEVEL and not name.startswith("."):
            yield f"{name}: does not belong on the top level"


def check(root):
    code = []
    for room in ROOMS:
        for file in sorted((root / room).rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            path, text = file.relative_to(root), file.read_text()
            yield from check_includes(root, path, room, text)
            yield from check_header(path, text) if path.suffix == ".h" else check_source(root, path, text)
            if text.count("\n") > LONGEST_FILE:
                yield f"{path}: has more than {LONGEST_FILE} lines"
            if room != "tests":
                code.append(file)
    yield from check_functions(root, code)
    yield from check_tests(root)
    yield from check_top_level(root)


if __name__ == "__main__":
    problems = list(check(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
    print("\n".join(problems) or "The structure is as it should be.")
    sys.exit(bool(problems))
