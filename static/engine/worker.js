// The engine's Worker: loads the WASM module and hands it one message after another.
import init, { EngineWorker, LessonWorker } from "./nadir_web_engine.js";

const post = (json, bytes) => self.postMessage({ json, bytes }, bytes ? [bytes] : []);

const lost = (data, error) => {
  let id = 0;
  try {
    id = JSON.parse(data.json).id;
  } catch {
    // A message without a number: the page hears of it under number 0.
  }
  const message = `The engine stopped: ${error?.message ?? error}.`;
  post(JSON.stringify({ id, answer: { kind: "failed", failure: "engine_lost", message } }));
};

// `worker.js#lesson` trains; a Worker does one or the other.
const Engine = self.location.hash === "#lesson" ? LessonWorker : EngineWorker;
const engine = init().then(() => new Engine(post));
let last = Promise.resolve();
self.onmessage = ({ data }) => {
  last = last.then(async () => (await engine).handle(data.json, data.bytes)).catch((error) => lost(data, error));
};
