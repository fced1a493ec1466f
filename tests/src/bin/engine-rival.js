// Runs network.onnx in onnxruntime-web and leaves its times, in ms, in `window.rival`. No part of the page.
const asked = new URL(location).searchParams;
const provider = asked.get("provider");
const size = Number(asked.get("size"));

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const measure = async () => {
  const ort = await import(provider === "webgpu" ? "./ort.webgpu.min.mjs" : "./ort.wasm.min.mjs");
  ort.env.wasm.numThreads = Number(asked.get("threads"));
  ort.env.wasm.wasmPaths = new URL("./", location).href;
  const session = await ort.InferenceSession.create("network.onnx", { executionProviders: [provider] });
  const pixels = Float32Array.from({ length: 3 * size * size }, (_, place) => ((place * 7919) % 1000) / 500 - 1);
  const run = async () => {
    const begin = performance.now();
    const outputs = await session.run({ images: new ort.Tensor("float32", pixels, [1, 3, size, size]) });
    await Object.values(outputs)[0].getData();
    return performance.now() - begin;
  };
  const first = await run();
  const times = [];
  for (let count = 0; count < Number(asked.get("runs")); count++) times.push(await run());
  return { first, median: median(times) };
};

measure().then(
  (times) => (window.rival = times),
  (error) => (window.rival = { failed: String(error) }),
);
