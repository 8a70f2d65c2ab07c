// What scripts add to pages that work without them: progress, theme, recent stocks, copying, retrying.
(() => {
  "use strict";
  const root = document.documentElement;
  const MOST_ATTEMPTS = 5;
  // A picture that takes longer does not hold up the numbers.
  const LATE_MS = 3000;
  // What the server sent, before scripts add to it.
  const serverMarkup = document.querySelector("#forecast[data-events]")?.innerHTML;
  const announce = (text) => {
    document.getElementById("announce").textContent = text;
  };

  setUpTheme();
  setUpRecents();
  setUpConnection();
  enhance(document);
  followForecast();

  // The button goes from the system's theme to the other one, to its opposite, and back to the system's.
  function setUpTheme() {
    const button = document.querySelector("[data-theme-toggle]");
    const label = button.querySelector("[data-theme-label]");
    const systemDark = matchMedia("(prefers-color-scheme: dark)");
    const order = () => (systemDark.matches ? ["system", "light", "dark"] : ["system", "dark", "light"]);
    const current = () => root.dataset.theme || "system";
    const show = () => {
      label.textContent = `Theme: ${current()}`;
      button.title = label.textContent;
    };
    // An address that fixes the theme leaves no choice.
    button.hidden = fortnightTheme.isFixed;
    show();
    button.addEventListener("click", () => {
      const themes = order();
      fortnightTheme.choose(themes[(themes.indexOf(current()) + 1) % themes.length]);
      show();
      announce(label.textContent);
    });
  }

  function setUpRecents() {
    const stock = document.querySelector("[data-symbol][data-name].stock");
    if (stock) fortnightRecents.add(stock.dataset.symbol, stock.dataset.name);
    const box = document.querySelector("[data-recents]");
    if (!box) return;
    const list = box.querySelector("[data-recents-list]");
    const chips = fortnightRecents.read().map(({ symbol, name }) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const strong = document.createElement("b");
      const text = document.createElement("span");
      strong.textContent = symbol;
      text.textContent = name;
      link.href = `/forecast/${encodeURIComponent(symbol)}`;
      link.title = name;
      link.append(strong, " ", text);
      item.append(link);
      return item;
    });
    list.replaceChildren(...chips);
    box.hidden = chips.length === 0;
    box.querySelector("[data-recents-clear]").addEventListener("click", () => {
      fortnightRecents.write([]);
      box.hidden = true;
    });
  }

  // Pictures further down load when they come near; paper needs all of them.
  addEventListener("beforeprint", () => {
    for (const image of document.querySelectorAll("img[loading=lazy]")) image.loading = "eager";
  });

  function setUpConnection() {
    const banner = document.getElementById("offline");
    const show = () => {
      banner.hidden = navigator.onLine || document.querySelector("[data-offline-page]") !== null;
    };
    addEventListener("online", show);
    if (document.querySelector("[data-offline-page]")) addEventListener("online", () => location.reload());
    addEventListener("offline", show);
    show();
    if ("serviceWorker" in navigator) navigator.serviceWorker.register("/offline.js").catch(() => {});
  }

  // Adds to a part of the page what scripts can do; called again for parts that arrive later.
  function enhance(part) {
    const chart = part.querySelector("[data-chart]");
    if (chart) {
      const failed = () => {
        chart.closest("figure").querySelector(".chartfail").hidden = false;
      };
      chart.addEventListener("error", failed);
      if (chart.complete && chart.naturalWidth === 0 && chart.currentSrc) failed();
    }
    const copy = part.querySelector("[data-copy]");
    if (copy && navigator.clipboard) {
      copy.hidden = false;
      copy.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(part.querySelector("[data-share]").href);
          copy.textContent = "Copied";
          announce("Link copied");
        } catch {
          copy.textContent = "Could not copy";
        }
      });
    }
    const share = part.querySelector("[data-share-button]");
    if (share && navigator.share) {
      share.hidden = false;
      share.addEventListener("click", () => {
        const url = part.querySelector("[data-share]").href;
        navigator.share({ title: document.title, url }).catch(() => {});
      });
    }
    const age = part.querySelector("[data-age]");
    if (age) {
      const minutes = Math.floor((Date.now() - Date.parse(age.dateTime)) / 60000);
      if (minutes >= 0 && minutes < 600) age.append(minutes < 1 ? " (just now)" : ` (${minutes} min ago)`);
    }
    for (const again of part.querySelectorAll("[data-again]")) {
      again.addEventListener("click", (event) => {
        event.preventDefault();
        location.reload();
      });
    }
    part.dispatchEvent(new CustomEvent("fortnight:part", { bubbles: true }));
    countDown(part.querySelector("[data-retry]"), Boolean(part.querySelector(".opening")));
  }

  // Loads the page again when the time has come, a few times; after that the reader decides.
  function countDown(line, hasForecast) {
    const attempts = `attempts ${location.pathname}`;
    if (hasForecast) remember(attempts, 0);
    if (!line) return;
    const made = Number(remembered(attempts)) || 0;
    let left = Number(line.dataset.retry);
    const shown = line.querySelector("[data-retry-left]");
    const tick = setInterval(() => {
      left -= 1;
      if (left > 0) {
        shown.textContent = left === 1 ? "1 second" : left < 120 ? `${left} seconds` : `${Math.ceil(left / 60)} minutes`;
        return;
      }
      if (document.hidden) return;
      clearInterval(tick);
      if (made < MOST_ATTEMPTS) {
        remember(attempts, made + 1);
        location.reload();
      } else {
        line.textContent = "You can try again now.";
        announce("You can try again now.");
      }
    }, 1000);
  }

  function remembered(name) {
    try {
      return sessionStorage.getItem(name);
    } catch {
      return String(MOST_ATTEMPTS);
    }
  }

  function remember(name, value) {
    try {
      sessionStorage.setItem(name, value);
    } catch {
      // Without storage nothing is tried by itself.
    }
  }

  // Replaces the parts that differ from what the server sent before, so that the others stay as the reader left them.
  async function replaceChanged(place, before, after) {
    const partsOf = (root) => {
      const parts = [...root.querySelectorAll("section[aria-labelledby], [data-part]")];
      return new Map(parts.map((part) => [part.dataset.part ?? part.getAttribute("aria-labelledby"), part]));
    };
    const [old, fresh] = [before, after].map((html) => {
      const page = document.createElement("template");
      page.innerHTML = html;
      return partsOf(page.content);
    });
    const changed = [...fresh].filter(([name, part]) => part.outerHTML !== old.get(name)?.outerHTML);
    changed.forEach(([, part]) => document.adoptNode(part));
    const chart = changed.map(([, part]) => part.querySelector("[data-chart]")).find(Boolean);
    if (chart) await Promise.race([chart.decode().catch(() => {}), new Promise((late) => setTimeout(late, LATE_MS))]);
    const live = partsOf(place);
    if (old.size !== fresh.size || !changed.every(([name]) => live.has(name))) {
      place.innerHTML = after;
      enhance(place);
      return;
    }
    for (const [name, part] of changed) {
      live.get(name).replaceWith(part);
      enhance(part);
    }
  }

  function followForecast() {
    const place = document.querySelector("#forecast[data-events]");
    if (!place) return;
    const events = new EventSource(place.dataset.events);
    // A page goes from `loading` to `preliminary`, where some sources take their time, and to `finished`.
    let state = place.querySelector(".loading") ? "loading" : place.querySelector("[data-preliminary]") ? "preliminary" : "finished";
    let sent = serverMarkup;
    let lost = 0;
    // A chart may take a moment to load, and what comes later must not be overwritten by it.
    let turn = Promise.resolve();
    const inTurn = (work) => (event) => {
      turn = turn.then(() => work(event)).catch(() => {});
    };
    events.addEventListener("source", (event) => {
      if (state === "finished") return;
      const { source, status, word, provider, detail } = JSON.parse(event.data);
      const row = place.querySelector(`.sources [data-source="${source}"]`);
      if (!row) return;
      lost = 0;
      row.className = status;
      row.querySelector(".status").textContent = word;
      row.querySelector(".detail").textContent = [provider, detail].filter(Boolean).join(" · ");
      announce(`${row.querySelector("b").textContent}: ${word}`);
    });
    events.addEventListener("page", inTurn(async (event) => {
      const { html, ok, preliminary } = JSON.parse(event.data);
      if (state === "finished" || (state === "preliminary" && preliminary)) return;
      const isFirst = state === "loading";
      state = preliminary ? "preliminary" : "finished";
      if (isFirst || !ok) {
        place.innerHTML = html;
        place.classList.toggle("problem", !ok);
        place.classList.toggle("arrived", ok);
        enhance(place);
        announce(ok ? `Forecast ready. ${place.querySelector(".headline").textContent}` : place.querySelector("h2").textContent);
      } else {
        await replaceChanged(place, sent, html);
        const stage = place.querySelector(".stage");
        if (stage) announce(stage.textContent);
      }
      sent = html;
    }));
    events.addEventListener("record", inTurn((event) => {
      const { headline, trust, past } = JSON.parse(event.data);
      const title = place.querySelector(".headline");
      if (title) title.textContent = headline;
      for (const [id, html] of [["trust", trust], ["past", past]]) {
        const part = document.getElementById(id);
        if (part) part.outerHTML = html;
      }
    }));
    events.addEventListener("end", () => events.close());
    events.addEventListener("error", () => {
      lost += 1;
      // The browser reconnects by itself; after three failures the reader decides.
      if (lost < 3 && events.readyState !== EventSource.CLOSED) return;
      events.close();
      if (state !== "loading") return;
      const warning = document.createElement("p");
      warning.className = "warn";
      warning.setAttribute("role", "alert");
      warning.textContent = navigator.onLine
        ? "The connection was lost. "
        : "You’re offline. ";
      const again = document.createElement("a");
      again.href = "";
      again.dataset.again = "";
      again.textContent = "Try again";
      warning.append(again);
      place.prepend(warning);
      enhance(place);
    });
  }
})();
