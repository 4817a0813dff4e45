// Runs model.onnx, beside this page, on pictures. index.html?pictures=a.png|b.png names pictures to begin with.
import { classNames } from "./metadata.js";

const [state, answers, canvas, file] = ["state", "answers", "canvas", "file"].map((id) => document.getElementById(id));

ort.env.wasm.wasmPaths = new URL("node_modules/onnxruntime-web/dist/", location.href).href;
ort.env.wasm.numThreads = 1; // more need headers that a plain server does not send

/** The network and what it reads: [1, channels, height, width] of values in 0 … 1. */
async function load(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${answer.statusText}; export writes it`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const [, channels, height, width] = session.inputMetadata[0].shape;
  return { session, channels, height, width, names: classNames(bytes) };
}

/** The middle square of the picture in the network's size, as planes. Grey is Rec. 601 luma, as in `classify`. */
function planes(picture, { channels, height, width }) {
  [canvas.width, canvas.height] = [width, height];
  const scale = Math.max(width / picture.width, height / picture.height);
  const [w, h] = [picture.width * scale, picture.height * scale];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h);
  const rgba = context.getImageData(0, 0, width, height).data;
  const values = new Float32Array(channels * height * width);
  for (let i = 0; i < height * width; ++i) {
    const [r, g, b] = rgba.subarray(4 * i, 4 * i + 3);
    if (channels === 1) values[i] = (0.299 * r + 0.587 * g + 0.114 * b) / 255;
    else [r, g, b].forEach((v, c) => (values[c * height * width + i] = v / 255));
  }
  return values;
}

/** Class, name and probability, the most probable first. */
async function classify(network, picture) {
  const { session, channels, height, width, names } = network;
  const input = new ort.Tensor("float32", planes(picture, network), [1, channels, height, width]);
  const logits = (await session.run({ [session.inputNames[0]]: input }))[session.outputNames[0]].data;
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (x) => Math.exp(x - highest));
  const sum = powers.reduce((a, b) => a + b);
  return powers
    .map((p, index) => ({ class: index, name: names[index] ?? String(index), probability: p / sum }))
    .sort((a, b) => b.probability - a.probability);
}

async function show(network, blob, title) {
  const top = (await classify(network, await createImageBitmap(blob))).slice(0, 3);
  const text = top.map((t) => `${t.name} ${(100 * t.probability).toFixed(1)} %`).join(", ");
  const line = document.createElement("li");
  line.textContent = `${title}: ${text}`;
  line.dataset.class = top[0].class;
  answers.prepend(line);
}

try {
  const network = await load("model.onnx");
  file.onchange = () => Array.from(file.files).forEach((f) => show(network, f, f.name));
  file.disabled = false;
  for (const url of (new URLSearchParams(location.search).get("pictures") ?? "").split("|").filter(Boolean))
    await show(network, await (await fetch(url.split("/").map(encodeURIComponent).join("/"))).blob(), url);
  state.textContent = "ready";
} catch (error) {
  state.textContent = error.message;
}
