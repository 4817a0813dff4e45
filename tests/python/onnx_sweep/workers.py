"""Processes that run models for the sweep. One that crashes or hangs is an answer too, and is started again."""
import base64
import json
import os
import pathlib
import queue
import subprocess
import sys
import threading

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent


def tensor_of(array):
    array = np.asarray(array)
    return {"type": array.dtype.name, "dims": list(array.shape),
            "data": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()}


def array_of(tensor):
    return np.frombuffer(base64.b64decode(tensor["data"]), tensor["type"]).reshape(tensor["dims"])


class Died(Exception):
    """The process crashed or hung."""


class Worker:
    def __init__(self, command, timeout):
        self.command, self.timeout, self.process = command, timeout, None

    def run(self, model, inputs):
        """The outputs by name, as arrays. Raises ValueError with the reason of a refusal, and Died."""
        if self.process is None:
            self.start()
        request = {"model": base64.b64encode(model).decode(), "inputs": {n: tensor_of(a) for n, a in inputs.items()}}
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.lines.get(timeout=self.timeout)
        except (queue.Empty, BrokenPipeError):
            line = ""
        if not line:
            raise Died(self.stop())
        answer = json.loads(line)
        if "error" in answer:
            raise ValueError(answer["error"])
        return {name: array_of(t) for name, t in answer["outputs"].items()}

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, args=(self.process.stdout, self.lines), daemon=True).start()

    @staticmethod
    def read(pipe, lines):
        for line in pipe:
            lines.put(line)
        lines.put("")

    def stop(self):
        """How it ended."""
        if self.process is None:
            return ""
        self.process.stdin.close()
        try:
            status = f"ended with status {self.process.wait(5)}"
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = f"gave no answer within {self.timeout} s"
        self.process = None
        return status


def onnxruntime(timeout=60):
    return Worker(["node", str(FOLDER / "onnxruntime.js")], timeout)


def backflow(timeout=60):
    return Worker([sys.executable, str(FOLDER / "backflow_worker.py")], timeout)


def missing():
    """Why onnxruntime cannot run; empty if it can."""
    try:
        found = subprocess.run(["node", "-e", "require('onnxruntime-node')"], capture_output=True, env=os.environ)
    except FileNotFoundError:
        return "this test needs node"
    return "" if found.returncode == 0 else "this test needs npm's onnxruntime-node in NODE_PATH"
