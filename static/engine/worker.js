// The engine's Worker: loads the WASM module and hands it one message after another.
import * as threads from "./threads.js";

const post = (json, bytes) => self.postMessage({ json, bytes }, bytes ? [bytes] : []);

const lost = (data, error) => {
  let id = 0;
  try {
    id = JSON.parse(data.json).id;
  } catch {
    // A message without a number: the page hears of it under number 0.
  }
  const message = `The engine stopped: ${error?.message ?? error}.`;
  post(JSON.stringify({ id, answer: { failed: { failure: "engine_lost", message } } }));
};

const compiled = async (response) => {
  if (!response.ok) throw new Error(`${response.url} cannot be fetched: the server answered ${response.status}`);
  const isWasm = response.headers.get("content-type") === "application/wasm";
  return isWasm ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
};

// Browsers write random values to no memory that is shared.
const fillSharedMemoryToo = (crypto) => {
  const fill = crypto.getRandomValues.bind(crypto);
  crypto.getRandomValues = (values) => {
    if (values.buffer instanceof ArrayBuffer) return fill(values);
    values.set(fill(new values.constructor(values.length)));
    return values;
  };
};

// The module whose memory can be shared with threads, and what starts them.
const loadForThreads = async () => {
  fillSharedMemoryToo(self.crypto);
  const engine = await import("../engine-threads/nadir_web_engine_threads.js");
  const address = new URL("../engine-threads/nadir_web_engine_threads_bg.wasm", import.meta.url);
  const module = await compiled(await fetch(address));
  const { memory } = await engine.default({ module_or_path: module });
  const startThreads = (most) => threads.start({ module, memory, work: engine.work }, most);
  return { ...engine, startThreads };
};

const loadAlone = async () => {
  const engine = await import("./nadir_web_engine.js");
  await engine.default();
  return { ...engine, startThreads: async () => null };
};

const load = async () => {
  if (threads.canShareMemory()) {
    try {
      return await loadForThreads();
    } catch (error) {
      console.warn("the engine has one thread:", error);
    }
  }
  return loadAlone();
};

// A Worker labels or trains, by its name (web/kit/src/worker.rs), which may end in the most threads that it may have:
// "engine 1". The name is given by the page that starts it; a fragment or a query of this script's address would be lost
// where the service worker answers with the kept script.
const [role, most = Infinity] = self.name.split(" ");
const engine = load().then(({ EngineWorker, LessonWorker, startThreads }) => {
  switch (role) {
    case "engine":
      return new EngineWorker(post, () => startThreads(Number(most)));
    case "lesson":
      return new LessonWorker(post);
    default:
      throw new Error(`a Worker is named engine or lesson, not "${self.name}"`);
  }
});
let last = Promise.resolve();
self.onmessage = ({ data }) => {
  last = last.then(async () => (await engine).handle(data.json, data.bytes)).catch((error) => lost(data, error));
};
