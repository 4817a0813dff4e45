#!/usr/bin/env python3
"""docs/theory.md answers every question of part 1, each section with a formula names the program that checks it, those
programs are there, and the formulas are written so that GitHub shows them. Prints a line for each thing that is wrong.

usage: theory_test.py [ROOT]
"""
import re
import sys
from pathlib import Path

QUESTIONS = [
    *(f"1.1.1 ({q})" for q in "abcd"),
    *(f"1.1.2 ({q})" for q in "abc"),
    *(f"1.2 ({q})" for q in "abcde"),
    *(f"1.2 ({q}) ({part})" for q in "de" for part in "abc"),
    *(f"1.3 ({k})" for k in (1, 2, 3)),
]
FENCED = re.compile(r"^ *```(\w*).*?\n(.*?)^ *```$", re.S | re.M)
CHECKED = re.compile(r"^<sub>Checked by `([^`]+)`</sub>$", re.M)


def sections(text):
    """Heading and body of each section, down to the next heading of any level."""
    parts = re.split(r"^#+ (.*)$", text, flags=re.M)
    return list(zip(parts[1::2], parts[2::2]))


def check_questions(headings):
    for question in QUESTIONS:
        found = [h for h in headings if h.startswith(question + " ") and not h.startswith(question + " (")]
        if len(found) != 1:
            yield f"question {question} has {len(found)} sections"


def check_programs(root, heading, body):
    named = CHECKED.findall(body)
    has_formula = any(language == "math" for language, _ in FENCED.findall(body)) or "$" in FENCED.sub("", body)
    if has_formula and not named:
        yield f"'{heading}' has formulas, but no line <sub>Checked by `program`</sub>"
    for name in named:
        if not (root / name).is_file():
            yield f"'{heading}' is checked by {name}, which does not exist"


def check_inline(text):
    """What GitHub's Markdown would take for something else before it sees a formula."""
    prose = re.sub(r"`[^`\n]*`", "", FENCED.sub("", text))
    for line in prose.splitlines():
        if line.count("$") % 2:
            yield f"a formula has no end: {line}"
        for before, formula, after in re.findall(r"(^|.)\$([^$]+)\$(.|$)", line):
            if before not in "" and not re.match(r"[\s(|]", before) or after and not re.match(r"[\s.,:;)|?!]", after):
                yield f"${formula}$ needs a space or punctuation on both sides"
            if re.search(r"\\[^A-Za-z]", formula):
                yield f"${formula}$ has a backslash that Markdown takes away"
            if re.search(r"(^|[^\w])_|\*|[<|]", formula):
                yield f"${formula}$ has _, *, < or | that Markdown reads"
            if formula != formula.strip():
                yield f"${formula}$ begins or ends with a space"


def check_blocks(text):
    for language, content in FENCED.findall(text):
        if language != "math":
            continue
        if re.search(r"\\(operatorname|newcommand|def|require)\b", content):
            yield f"GitHub refuses a command in:\n{content}"
        if content.count("{") - content.count("\\{") != content.count("}") - content.count("\\}"):
            yield f"braces do not match in:\n{content}"
        if content.count("\\left") - content.count("\\leftarrow") != content.count("\\right") - content.count("\\rightarrow"):
            yield f"\\left and \\right do not match in:\n{content}"


def check(root):
    text = (root / "docs/theory.md").read_text()
    parts = sections(text)
    yield from check_questions([heading for heading, _ in parts])
    for heading, body in parts:
        yield from check_programs(root, heading, body)
    yield from check_inline(text)
    yield from check_blocks(text)


if __name__ == "__main__":
    problems = list(check(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]))
    print("\n".join(problems) or f"all {len(QUESTIONS)} questions are answered, checked and readable")
    sys.exit(bool(problems))
