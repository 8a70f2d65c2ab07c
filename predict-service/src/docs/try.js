// Sends requests from the page, and lists the paths in the service's own description.
"use strict";

const form = document.getElementById("ask");
const request = document.getElementById("request");
const status = document.getElementById("status");
const answer = document.getElementById("answer");
let running = null;

function parameters() {
  const fields = new FormData(form);
  const [path, events] = fields.get("path").split("#");
  const query = new URLSearchParams();
  for (const name of ["stock", "as_of", "history"]) {
    const value = fields.get(name);
    if (value && !(name === "history" && path === "/track-record")) query.set(name, value);
  }
  return { address: `${path}?${query}`, accept: events ? "text/event-stream" : "application/json" };
}

function showRequest() {
  request.textContent = `GET ${parameters().address}`;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (rest + part.value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n");
      const field = (name) => lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length).trim()).join("\n");
      if (field("event:")) answer.append(`event: ${field("event:")}\n${pretty(field("data:"))}\n\n`);
    }
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (running) running.abort();
  running = new AbortController();
  const { address, accept } = parameters();
  const begun = performance.now();
  status.textContent = "Waiting …";
  answer.textContent = "";
  try {
    const response = await fetch(address, { headers: { accept }, signal: running.signal });
    if ((response.headers.get("content-type") || "").startsWith("text/event-stream")) {
      await readEvents(response);
    } else {
      answer.textContent = pretty(await response.text());
    }
    status.textContent = `${response.status} ${response.statusText}, ${Math.round(performance.now() - begun)} ms`;
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = `No answer: ${error.message}`;
  }
});

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

async function listOperations() {
  const description = await (await fetch("/openapi.json")).json();
  const list = document.getElementById("operations");
  list.textContent = "";
  for (const [path, { get }] of Object.entries(description.paths)) {
    const article = document.createElement("article");
    article.append(element("h3", `GET ${path}`), element("p", `${get.summary}. ${get.description || ""}`));
    const terms = document.createElement("dl");
    for (const parameter of get.parameters || []) {
      terms.append(element("dt", parameter.name), element("dd", parameter.description));
    }
    for (const [code, response] of Object.entries(get.responses)) {
      terms.append(element("dt", code), element("dd", response.description));
    }
    article.append(terms);
    list.append(article);
  }
}

form.addEventListener("input", showRequest);
showRequest();
listOperations();
