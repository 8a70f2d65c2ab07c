// Shows /offline where a page cannot be reached. Stores that page and its files, never a forecast.
"use strict";
const CACHE = "offline-2";

addEventListener("install", (event) => {
  event.waitUntil(store().then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(async () => (await caches.match("/offline")) || Response.error()));
  } else if (new URL(event.request.url).pathname.startsWith("/static/")) {
    event.respondWith(fetch(event.request).catch(async () => (await caches.match(event.request)) || Response.error()));
  }
});

async function store() {
  const cache = await caches.open(CACHE);
  const page = await fetch("/offline");
  const html = await page.clone().text();
  const files = [...html.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((match) => match[1]);
  await cache.put("/offline", page);
  await cache.addAll(files);
}
