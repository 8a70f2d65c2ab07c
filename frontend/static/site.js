// What scripts add to pages that work without them: progress, theme, recent choices, copying, waiting.
(() => {
  "use strict";
  const root = document.documentElement;
  const announce = (text) => {
    document.getElementById("announce").textContent = text;
  };

  setUpTheme();
  setUpRecents();
  setUpConnection();
  dress(document);
  followForecast();

  function setUpTheme() {
    const button = document.querySelector("[data-theme-toggle]");
    const systemDark = matchMedia("(prefers-color-scheme: dark)");
    const current = () => root.dataset.theme || (systemDark.matches ? "dark" : "light");
    const tell = () => button.setAttribute("aria-pressed", String(current() === "dark"));
    // An address that fixes the theme leaves nothing to choose.
    button.hidden = fortnightTheme.isFixed;
    tell();
    systemDark.addEventListener("change", tell);
    button.addEventListener("click", () => {
      fortnightTheme.choose(current() === "dark" ? "light" : "dark");
      tell();
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

  function setUpConnection() {
    const banner = document.getElementById("offline");
    const tell = () => {
      banner.hidden = navigator.onLine;
    };
    addEventListener("online", tell);
    addEventListener("offline", tell);
    tell();
    if ("serviceWorker" in navigator) navigator.serviceWorker.register("/offline.js").catch(() => {});
  }

  // Gives a part of the page what scripts add to it; called again for parts that arrive later.
  function dress(part) {
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
          copy.textContent = "Copying is not allowed here";
        }
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
    countDown(part.querySelector("[data-retry]"));
  }

  function countDown(line) {
    if (!line) return;
    let left = Number(line.dataset.retry);
    const shown = line.querySelector("[data-retry-left]");
    const tick = setInterval(() => {
      left -= 1;
      if (left > 0) {
        shown.textContent = left === 1 ? "1 second" : left < 120 ? `${left} seconds` : `${Math.ceil(left / 60)} minutes`;
        return;
      }
      clearInterval(tick);
      line.textContent = "You can try again now.";
      announce("You can try again now.");
    }, 1000);
  }

  function followForecast() {
    const place = document.querySelector("#forecast[data-events]");
    if (!place) return;
    const events = new EventSource(place.dataset.events);
    let shown = !place.querySelector(".loading");
    let lost = 0;
    events.addEventListener("source", (event) => {
      const { source, status, word, provider, said } = JSON.parse(event.data);
      const row = place.querySelector(`.live [data-source="${source}"]`);
      if (!row) return;
      lost = 0;
      row.className = status;
      row.querySelector(".status").textContent = word;
      row.querySelector(".said").textContent = [provider, said].filter(Boolean).join(" · ");
      announce(`${row.querySelector("b").textContent}: ${word}`);
    });
    events.addEventListener("page", (event) => {
      if (shown) return;
      const { html, ok } = JSON.parse(event.data);
      shown = true;
      place.innerHTML = html;
      place.classList.toggle("problem", !ok);
      place.classList.toggle("arrived", ok);
      dress(place);
      announce(ok ? `Forecast ready. ${place.querySelector(".headline").textContent}` : place.querySelector("h2").textContent);
    });
    events.addEventListener("record", (event) => {
      const { trust, past } = JSON.parse(event.data);
      for (const [id, html] of [["trust", trust], ["past", past]]) {
        const part = document.getElementById(id);
        if (part) part.outerHTML = html;
      }
    });
    events.addEventListener("end", () => events.close());
    events.addEventListener("error", () => {
      lost += 1;
      // The browser tries again by itself; after three times in vain the reader is told.
      if (lost < 3 && events.readyState !== EventSource.CLOSED) return;
      events.close();
      if (shown) return;
      const said = document.createElement("p");
      said.className = "warn";
      said.setAttribute("role", "alert");
      said.textContent = navigator.onLine
        ? "The connection to this page’s service was lost. "
        : "You are offline. ";
      const again = document.createElement("a");
      again.href = "";
      again.dataset.again = "";
      again.textContent = "Try again";
      said.append(again);
      place.prepend(said);
      dress(place);
    });
  }
})();
