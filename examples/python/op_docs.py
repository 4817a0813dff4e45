"""Writes the docstrings of ops as a C++ table: op_docs.py FOLDER OUTPUT. They are the comments of the headers in FOLDER.

An op's docstring is the comment that opens its header, the one of its function, and what its options say of themselves.
"""
import pathlib
import re
import sys

FUNCTION = re.compile(r"((?:^/// .*\n)*)^(?:inline )?Value (\w+)\(", re.M)
OPTIONS = re.compile(r"^struct \w*Options \{\n(.*?)^\};", re.M | re.S)


def text(comment):
    return re.sub(r"^///? ?", "", comment, flags=re.M).strip()


def option_lines(header):
    for struct in OPTIONS.findall(header):
        above = []
        for line in struct.splitlines():
            comment = re.search(r"///? ?(.*)", line)
            members = re.findall(r"(\w+)(?: = [^,;]+)?[,;]", line.split("//")[0])
            if not members:
                above = above + [comment[1]] if comment else []
                continue
            said = " ".join(above + ([comment[1]] if comment else []))
            if said:
                yield f"  {', '.join(members)}: {said}"
            above = []


def docs(path):
    header = path.read_text()
    options = list(option_lines(header))
    parts = {}
    for comment, name in FUNCTION.findall(header):
        parts.setdefault(name, []).append(text(comment))
    for name, comments in parts.items():
        if name == path.stem or len(parts) == 1:
            comments = [text(re.match(r"(// .*\n)*", header)[0]), *comments, *options]
        yield name, re.sub(r"\b(\w+)\.h\b", r"\1", "\n".join(filter(None, comments)))


def main(folder, output):
    rows = [row for path in sorted(pathlib.Path(folder).glob("*.h")) for row in docs(path)]
    pathlib.Path(output).write_text("".join(f'{{"{name}", R"doc({doc})doc"}},\n' for name, doc in rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
