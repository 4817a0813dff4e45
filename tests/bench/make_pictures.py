#!/usr/bin/python3
"""Writes photo-like JPEGs of 500 × 375 pixels in ten classes: make_pictures.py DIR COUNT."""
import pathlib
import sys

import numpy
from PIL import Image


def photo(random):
    """Noise at all scales, as photos have it."""
    result = numpy.zeros((375, 500, 3))
    for scale in (1, 2, 5, 12, 25, 62, 125):
        noise = random.random((375 // scale + 1, 500 // scale + 1, 3)) * 255
        picture = Image.fromarray(noise.astype(numpy.uint8)).resize((500, 375), Image.Resampling.BICUBIC)
        result += numpy.asarray(picture) * scale
    return Image.fromarray((result / result.max() * 255).astype(numpy.uint8))


def main():
    if len(sys.argv) != 3 or not sys.argv[2].isdigit():
        sys.exit("usage: make_pictures.py DIR COUNT")
    folder, random = pathlib.Path(sys.argv[1]), numpy.random.default_rng(1)
    for i in range(int(sys.argv[2])):
        file = folder / f"class{i % 10}" / f"{i:05}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        photo(random).save(file, quality=90)


if __name__ == "__main__":
    main()
