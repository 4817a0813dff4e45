// Runs ONNX models for workers.py: a line of JSON in, one out. NODE_PATH names the folder that has onnxruntime-node.
const ort = require('onnxruntime-node');
const readline = require('readline');

const ARRAYS = {float32: Float32Array, float64: Float64Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array,
                uint8: Uint8Array, int8: Int8Array, float16: Uint16Array};

function tensor(t) {
  const bytes = Uint8Array.from(Buffer.from(t.data, 'base64'));
  return new ort.Tensor(t.type, new ARRAYS[t.type](bytes.buffer), t.dims);
}

async function run(request) {
  const session = await ort.InferenceSession.create(
      Buffer.from(request.model, 'base64'),
      {graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4});
  const feeds = {};
  for (const name of session.inputNames) feeds[name] = tensor(request.inputs[name]);
  const outputs = {};
  for (const [name, t] of Object.entries(await session.run(feeds))) {
    const data = Buffer.from(t.data.buffer, t.data.byteOffset, t.data.byteLength).toString('base64');
    outputs[name] = {type: t.type, dims: t.dims.map(Number), data};
  }
  await session.release();
  return {outputs};
}

async function main() {
  for await (const line of readline.createInterface({input: process.stdin})) {
    const answer = await run(JSON.parse(line)).catch(error => ({error: String(error.message)}));
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
}

main();
