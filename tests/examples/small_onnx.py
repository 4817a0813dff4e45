#!/usr/bin/python3
"""Writes a small ONNX network for the examples that read one: small_onnx.py FILE"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "apps/support"))
import onnx_file  # noqa: E402

file = pathlib.Path(sys.argv[1])
file.parent.mkdir(parents=True, exist_ok=True)
file.write_bytes(onnx_file.small_network())
