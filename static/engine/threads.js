// The threads that the engine's Worker shares its memory with: Workers that run the same module (thread.js). They take
// tasks of the kernels while the engine's own thread does; between those they sleep.

// Places in what the threads share beside the memory. A task may be taken while REMAINING is not 0: it is set last, and
// the engine's thread sets it again only once no thread is ACTIVE.
const [REMAINING, TASK, ACTIVE, CALLS, FAILED, LENGTH] = [0, 1, 2, 3, 4, 5];

// How often a thread looks for work before it sleeps: about a millisecond, longer than what lies between two layers.
const LOOKS = 200_000;

// Two were measured; the page and the browser need some of a machine's cores too.
const MOST_THREADS = 4;

export const canShareMemory = () => {
  try {
    return !(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer instanceof ArrayBuffer);
  } catch {
    return false;
  }
};

// Waits until the value at `place` is another than `value`.
const changed = (control, place, value) => {
  for (let look = 0; look < LOOKS; look++) {
    if (Atomics.load(control, place) !== value) return;
  }
  Atomics.wait(control, place, value);
};

// Carries out tasks, the last first, as long as there are any.
const carryOut = (control, thread, work) => {
  for (;;) {
    const remaining = Atomics.load(control, REMAINING);
    if (remaining === 0) return;
    if (Atomics.compareExchange(control, REMAINING, remaining, remaining - 1) === remaining) {
      work(Atomics.load(control, TASK), thread, remaining - 1);
    }
  }
};

// What a thread does all its life.
export const help = (control, thread, work) => {
  let calls = 0;
  for (;;) {
    changed(control, CALLS, calls);
    calls = Atomics.load(control, CALLS);
    Atomics.add(control, ACTIVE, 1);
    try {
      carryOut(control, thread, work);
    } catch (error) {
      console.error(error);
      Atomics.store(control, FAILED, 1);
    }
    if (Atomics.sub(control, ACTIVE, 1) === 1) Atomics.notify(control, ACTIVE);
  }
};

const started = (message) =>
  new Promise((resolve, reject) => {
    const thread = new Worker(new URL("./thread.js", import.meta.url), { type: "module" });
    thread.onmessage = ({ data }) => (data === "ready" ? resolve() : reject(new Error(data)));
    thread.onerror = ({ message }) => reject(new Error(message ?? "a thread's script cannot be fetched"));
    thread.postMessage(message);
  });

// Starts the threads, `most` at most, the engine's own among them: their number, and what runs the kernels' tasks on them.
// `null` where the engine's thread stays alone.
export const start = async ({ module, memory, work }, most) => {
  const threads = Math.min(navigator.hardwareConcurrency, MOST_THREADS, most);
  // Memory may be handed to another Worker only where no foreign page shares this one's process.
  if (!self.crossOriginIsolated || !(threads > 1)) return null;
  const control = new Int32Array(new SharedArrayBuffer(LENGTH * Int32Array.BYTES_PER_ELEMENT));
  const others = Array.from({ length: threads - 1 }, (_, index) => index + 1);
  await Promise.all(others.map((thread) => started({ module, memory, control, thread })));
  const run = (task, tasks) => {
    Atomics.store(control, TASK, task);
    Atomics.store(control, REMAINING, tasks);
    Atomics.add(control, CALLS, 1);
    Atomics.notify(control, CALLS);
    carryOut(control, 0, work);
    for (let active; (active = Atomics.load(control, ACTIVE)) !== 0; ) changed(control, ACTIVE, active);
    if (Atomics.load(control, FAILED)) throw new Error("a thread of the engine stopped");
  };
  return { threads, run };
};
