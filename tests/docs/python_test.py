"""The programs in docs/python.md run, one after the other, and print what the page says."""
import contextlib
import io
import re
import sys
from pathlib import Path

page = (Path(__file__).resolve().parents[2] / "docs/python.md").read_text()
blocks = re.findall(r"^```(python|text)\n(.*?)^```$", page, re.S | re.M)
names, printed, failures, checked = {}, "", 0, 0
for language, content in blocks:
    if language == "python":
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(content, names)  # noqa: S102  (the page's own programs)
        printed = output.getvalue()
    else:
        checked += 1
        if printed != content:
            failures += 1
            print(f"the page says:\n{content}but it is:\n{printed}")
print(f"{checked} programs, {failures} print something else")
sys.exit(failures > 0 or checked == 0)
