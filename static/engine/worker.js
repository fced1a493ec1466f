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

// A Worker labels or trains, by its name (web/kit/src/worker.rs). The name is given by the page that starts it; a
// fragment or a query of this script's address would be lost where the service worker answers with the kept script.
const ROLES = { engine: EngineWorker, lesson: LessonWorker };
const engine = init().then(() => {
  const Role = ROLES[self.name];
  if (!Role) throw new Error(`a Worker is named ${Object.keys(ROLES).join(" or ")}, not "${self.name}"`);
  return new Role(post);
});
let last = Promise.resolve();
self.onmessage = ({ data }) => {
  last = last.then(async () => (await engine).handle(data.json, data.bytes)).catch((error) => lost(data, error));
};
