// Runs one network in a tight loop, by onnxruntime-web (BUNDLE-PART.onnx) or by the page's own engine, and leaves the
// times, in ms, in `window.baseline`. The part is `labels`, of which onnxruntime has the encoder alone, or `objects`, the
// whole detector on a photograph. No part of the page.
const requested = new URL(location).searchParams;
const provider = requested.get("provider");
const bundle = requested.get("bundle");
const size = Number(requested.get("size"));
const part = requested.get("part");

// A photograph at the size that is measured, RGBA.
const photograph = async () => {
  const image = await createImageBitmap(await (await fetch("../examples/airport.jpg")).blob());
  const context = new OffscreenCanvas(size, size).getContext("2d");
  context.drawImage(image, 0, 0, size, size);
  return context.getImageData(0, 0, size, size).data;
};

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// The first run's time, and what runs once more and gives its time: input values to scores.
const onnx = async () => {
  const ort = await import(provider === "webgpu" ? "./ort.webgpu.min.mjs" : "./ort.wasm.min.mjs");
  ort.env.wasm.numThreads = Number(requested.get("threads"));
  ort.env.wasm.wasmPaths = new URL("./", location).href;
  const session = await ort.InferenceSession.create(`${bundle}-${part}.onnx`, { executionProviders: [provider] });
  const [plane, rgba] = [size * size, part === "objects" ? await photograph() : undefined];
  const value = rgba
    ? (_, index) => rgba[4 * (index % plane) + Math.floor(index / plane)]
    : (_, index) => ((index * 7919) % 1000) / 500 - 1;
  const pixels = Float32Array.from({ length: 3 * plane }, value);
  const run = async () => {
    const begin = performance.now();
    const outputs = await session.run({ [session.inputNames[0]]: new ort.Tensor("float32", pixels, [1, 3, size, size]) });
    await Object.values(outputs)[0].getData();
    return performance.now() - begin;
  };
  return [await run(), run];
};

// Likewise, pixels of the network's size to scores, as the engine times it for the page; its first run is that of its start.
const nadir = async () => {
  const worker = new Worker("../engine/worker.js", { type: "module", name: `engine ${requested.get("threads")}` });
  const ask = (id, task, bytes) =>
    new Promise((answered, failed) => {
      worker.onmessage = ({ data }) => {
        const { answer } = JSON.parse(data.json);
        const result = answer.ready ?? answer.prediction ?? answer.objects;
        if (result) answered(result);
        if (answer.failed) failed(answer.failed.message);
      };
      worker.onerror = failed;
      worker.postMessage({ json: JSON.stringify({ id, task }), bytes }, bytes ? [bytes] : []);
    });
  const bundle_url = new URL(`../models/${bundle}/`, location).href;
  const { first_run_ms } = await ask(1, { start: { bundle_url, device: requested.get("device") === "webgpu" ? "web_gpu" : "cpu" } });
  const image = { pixels: { width: size, height: size } };
  if (part === "objects") {
    const pixels = new Uint8Array(await photograph());
    const run = async () => (await ask(2, { find_objects: { image } }, pixels.slice().buffer)).run_ms;
    return [await run(), run];
  }
  const pixels = Uint8Array.from({ length: 4 * size * size }, (_, index) => (index * 7919) % 256);
  const run = async () => (await ask(2, { predict: { image } }, pixels.slice().buffer)).run_ms;
  return [first_run_ms, run];
};

const measure = async () => {
  const [first, run] = await (provider === "nadir" ? nadir() : onnx());
  const times = [];
  for (let count = 0; count < Number(requested.get("runs")); count++) times.push(await run());
  return { first, median: median(times) };
};

measure().then(
  (times) => (window.baseline = times),
  (error) => (window.baseline = { failed: String(error) }),
);
