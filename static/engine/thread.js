// One of the threads beside the engine's own (threads.js).
import { initSync, work } from "../engine-threads/nadir_web_engine_threads.js";
import { help } from "./threads.js";

// The kernels' calls are few and shallow.
const STACK_BYTES = 256 * 1024;

self.onmessage = ({ data: { module, memory, control, thread } }) => {
  try {
    initSync({ module, memory, thread_stack_size: STACK_BYTES });
  } catch (error) {
    self.postMessage(String(error));
    return;
  }
  self.postMessage("ready");
  help(control, thread, work);
};
