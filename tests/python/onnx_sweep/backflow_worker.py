"""Runs ONNX models with backflow for workers.py: a line of JSON in, one out."""
import base64
import json
import pathlib
import sys
import tempfile

import backflow as bf
from workers import array_of, tensor_of


def run(request, file):
    file.write_bytes(base64.b64decode(request["model"]))
    model = bf.GraphFile(str(file))
    graph = bf.Graph()
    arrays = {name: array_of(t) for name, t in request["inputs"].items()}
    values = model.build(graph, {name: graph.input(name, list(a.shape)) for name, a in arrays.items()})
    for name, value in values.items():
        graph.output("output " + name, value)
    flow = bf.Flow(graph, bf.Store(), bf.Scheduler(threads=1))
    flow.run(**{name: a.astype("float32") for name, a in arrays.items()})
    return {"outputs": {name: tensor_of(flow.output("output " + name)) for name in values}}


def main():
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            try:
                answer = run(json.loads(line), pathlib.Path(folder) / "model.onnx")
            except (ValueError, RuntimeError) as error:
                answer = {"error": str(error)}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
