"""docs/library.md shows the lines of the programs, and its index has every public header: library_test.py [BUILD].

A program marks lines with `// [name]` before and after them. The public headers are those of .cmake/headers.cmake, which
BUILD's backflow.h includes.
"""
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
page = (ROOT / "docs/library.md").read_text()
guide = page[page.index("## Guide"):page.index("## Messages")]
index = page[page.index("## Public headers by task"):]
problems = []


def marked_parts(program):
    text = program.read_text()
    marks = re.findall(r"^ *// \[(\w+)\]$", text, re.M)
    for name in sorted(set(marks)):
        if marks.count(name) != 2:
            problems.append(f"{program.name}: the mark [{name}] should be there twice")
            continue
        part = re.search(rf"^ *// \[{name}\]\n(.*?)^ *// \[{name}\]$", text, re.S | re.M)[1]
        yield name, textwrap.dedent(part).strip("\n")


shown = [b.strip("\n") for b in re.findall(r"^```cpp\n(.*?)^```$", guide, re.S | re.M)]
programs = sorted((ROOT / "examples/library").glob("*.cpp"))
for program in programs:
    if f"(../examples/library/{program.name})" not in guide:
        problems.append(f"the guide has no link to {program.name}")
    for name, part in marked_parts(program):
        if part in shown:
            shown.remove(part)
        else:
            problems.append(f"the guide does not show [{name}] of {program.name} as it is")
problems += [f"no program of examples/library has these lines:\n{block}" for block in shown]
for link in re.findall(r"\]\(\.\./([^)]+)\)", page):
    if not (ROOT / link).exists():
        problems.append(f"there is no {link}")

listed = re.findall(r"`((?:graph|ops|runtime)/[\w/]+\.h)`", index)
includes = (Path(sys.argv[1]) / "include/backflow/backflow.h").read_text()
public = re.findall(r"#include <backflow/(.+?)>", includes)
problems += [f"the index has no line for {h}" for h in public if h not in listed]
problems += [f"the index names {h}, which is no public header" for h in sorted(set(listed) - set(public))]
problems += [f"the index names {h} {listed.count(h)} times" for h in sorted(set(listed)) if listed.count(h) > 1]

print("\n".join(problems) or f"{len(programs)} programs, {len(public)} headers")
sys.exit(bool(problems) or not programs or not public)
