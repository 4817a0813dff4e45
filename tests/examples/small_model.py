#!/usr/bin/env python3
"""Trains a small convnet for the examples that need one: small_model.py PATH-OF-TRAIN FOLDER."""
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "apps"))
from support.train_runs import write_data  # noqa: E402

train, folder = sys.argv[1], pathlib.Path(sys.argv[2])
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
write_data(folder / "data")
subprocess.run([train, "--model", "cnn", "--data", str(folder / "data"), "--epochs", "2", "--batch", "20", "--out",
                str(folder), "--quiet"], check=True)
