"""Lines of progress, which a run that takes longer than 10 seconds prints where there is no terminal."""
import re


def without_progress(text):
    return re.sub(r"(?m)^(\S.* +running +step .*|\d+/\d+ (?:steps|copies) .*|watch +\d+ of \d+ images)\n", "", text)
