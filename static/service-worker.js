// Keeps the app for use without a connection. `cargo xtask web` puts the line before this one that names the files:
// const APP = { version: "…", files: { "index.html": "sha256-…", … } };
//
// The app's own files come from one version's cache alone, so that no two versions ever meet in one page; a new version
// waits until a page requests it (boot.js). Other tabs that are open then, and their Workers, go on with the version that
// they began with, until they are loaded again. What a site adds (models, reports) comes from the network, or without one
// from the last visit. Weights are kept by the engine itself, by their hash.
const OWN = `nadir-app-${APP.version}`;
const DATA = "nadir-data-1";
const root = new URL("./", self.location);

// The engine is there twice, for a memory that threads share and for one of its own (engine/worker.js): what begins so is
// the one that this browser does not load.
const sharesMemory = () => {
  try {
    return !(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer instanceof ArrayBuffer);
  } catch {
    return false;
  }
};
const UNUSED = sharesMemory() ? "engine/nadir_web_engine" : "engine-threads/";

const store = async () => {
  const cache = await caches.open(OWN);
  const files = Object.entries(APP.files)
    .filter(([path]) => !path.startsWith(UNUSED))
    .map(([path, integrity]) => new Request(new URL(path, root), { integrity, cache: "no-cache" }));
  await cache.addAll(files);
};

// A page hands its memory to other threads only where it and its Workers come with these, which not every server sends.
const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
const isolated = async ({ mode, destination }, answer) => {
  const response = await answer;
  const mayShare = mode === "navigate" || destination === "worker";
  if (!mayShare || !response.ok || Object.keys(ISOLATION).every((name) => response.headers.has(name))) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
};

// What has to outlive this worker, which the browser ends and starts as it likes: the version that was active last, and
// for each tab and Worker of an older version, by its client id, the name of that version's cache.
const STATE = new URL("nadir-versions.json", root);
let versions;
const versionsNow = () => {
  versions ??= caches.open("nadir-versions").then(async (cache) => {
    const kept = await cache.match(STATE);
    return kept ? kept.json() : { active: "", older: {}, replaced: [] };
  });
  return versions;
};
const keepVersions = async (now) => (await caches.open("nadir-versions")).put(STATE, Response.json(now));

const clientIds = async () => {
  const clients = await self.clients.matchAll({ includeUncontrolled: true, type: "all" });
  return new Set(clients.map(({ id }) => id));
};

const takeOver = async () => {
  const now = await versionsNow();
  now.replaced = (await caches.keys()).filter((name) => name.startsWith("nadir-app-") && name !== OWN);
  const last = now.replaced.includes(now.active) ? now.active : now.replaced.at(-1);
  for (const id of last ? await clientIds() : []) now.older[id] ??= last;
  now.active = OWN;
  await keepVersions(now);
  await forgetUnused();
};

// Removes the caches of older versions that no tab uses any more.
const forgetUnused = async () => {
  const now = await versionsNow();
  if (!now.replaced.length) return;
  const living = await clientIds();
  for (const id of Object.keys(now.older)) if (!living.has(id)) delete now.older[id];
  const inUse = new Set(Object.values(now.older));
  await Promise.all(now.replaced.filter((name) => !inUse.has(name)).map((name) => caches.delete(name)));
  now.replaced = now.replaced.filter((name) => inUse.has(name));
  await keepVersions(now);
};

// After a while: the page that a new one takes the place of is counted until it is gone.
const forgetSoon = async () => {
  if (!(await versionsNow()).replaced.length) return;
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await forgetUnused();
};

const own = async (path, { request, clientId, resultingClientId }) => {
  const now = await versionsNow();
  const older = request.mode === "navigate" ? undefined : now.older[clientId];
  if (older && resultingClientId) {
    // A Worker belongs to its page's version.
    now.older[resultingClientId] = older;
    await keepVersions(now);
  }
  const kept = await (await caches.open(older ?? OWN)).match(new URL(path, root));
  return kept ?? fetch(request);
};

const newest = async (request) => {
  const cache = await caches.open(DATA);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone()).catch(() => {});
    return response;
  } catch (error) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw error;
  }
};

self.addEventListener("install", (event) => event.waitUntil(store()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver().then(() => self.clients.claim())));
self.addEventListener("message", ({ data }) => data === "activate" && self.skipWaiting());
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== root.origin || !url.pathname.startsWith(root.pathname)) return;
  const path = url.pathname.slice(root.pathname.length) || "index.html";
  if (event.request.mode === "navigate") event.waitUntil(forgetSoon());
  if (path in APP.files) event.respondWith(isolated(event.request, own(path, event)));
  else if (!url.searchParams.has("sha256")) event.respondWith(isolated(event.request, newest(event.request)));
});
