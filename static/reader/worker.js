// The Worker that reads large images: loads the WASM module and hands it one message after another.
import init, { SceneWorker } from "./nadir_web_reader.js";

const post = (json, bytes) => self.postMessage({ json, bytes }, bytes ? [bytes] : []);
const reader = init().then(() => new SceneWorker(post));

self.onmessage = async ({ data }) => {
  try {
    (await reader).handle(data.json, data.file);
  } catch (error) {
    const message = `The reader stopped: ${error?.message ?? error}. Choose the file again.`;
    post(JSON.stringify({ id: JSON.parse(data.json).id, answer: { failed: { message } } }));
  }
};
