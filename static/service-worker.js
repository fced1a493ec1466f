// Keeps the app for use without a connection. `cargo xtask web` puts the line before this one that names the files:
// const APP = { version: "…", files: { "index.html": "sha256-…", … } };
//
// The app's own files come from this version's cache alone, so that no two versions ever meet in one page; a new version
// waits until the page requests it (boot.js). What a site adds (models, reports) comes from the network, or without one
// from the last visit. Weights are kept by the engine itself, by their hash.
const OWN = `nadir-app-${APP.version}`;
const DATA = "nadir-data-1";
const root = new URL("./", self.location);

const store = async () => {
  const cache = await caches.open(OWN);
  const files = Object.entries(APP.files).map(
    ([path, integrity]) => new Request(new URL(path, root), { integrity, cache: "no-cache" }),
  );
  await cache.addAll(files);
};

const removeOthers = async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("nadir-app-") && name !== OWN).map((name) => caches.delete(name)));
};

const own = async (path, request) => {
  const kept = await (await caches.open(OWN)).match(new URL(path, root));
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
self.addEventListener("activate", (event) => event.waitUntil(removeOthers().then(() => self.clients.claim())));
self.addEventListener("message", ({ data }) => data === "activate" && self.skipWaiting());
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== root.origin || !url.pathname.startsWith(root.pathname)) return;
  const path = url.pathname.slice(root.pathname.length) || "index.html";
  if (path in APP.files) event.respondWith(own(path, event.request));
  else if (!url.searchParams.has("sha256")) event.respondWith(newest(event.request));
});
