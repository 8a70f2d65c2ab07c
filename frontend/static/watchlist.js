// Stocks kept on this device: a star beside a stock, and the list on the home page.
(() => {
  "use strict";
  const KEY = "watchlist";
  const MOST = 20;
  const AT_ONCE = 5;
  const MOST_COMPARED = 6;
  const LONGEST_WAIT_SECONDS = 30;
  const say = (text) => {
    document.getElementById("announce").textContent = text;
  };

  function read() {
    try {
      const list = JSON.parse(localStorage.getItem(KEY) || "[]");
      const whole = (item) => item && typeof item.symbol === "string" && typeof item.name === "string";
      return Array.isArray(list) ? list.filter(whole).slice(0, MOST) : [];
    } catch {
      return [];
    }
  }

  function write(list) {
    try {
      localStorage.setItem(KEY, JSON.stringify(list));
      return true;
    } catch {
      return false;
    }
  }

  function setUpStar(button) {
    const { star: symbol, name } = button.dataset;
    const show = () => {
      const watched = read().some((item) => item.symbol === symbol);
      button.setAttribute("aria-pressed", String(watched));
    };
    button.addEventListener("click", () => {
      const list = read();
      const others = list.filter((item) => item.symbol !== symbol);
      if (others.length === MOST) {
        say(`The watchlist holds ${MOST} stocks. Remove one first.`);
        return;
      }
      const added = others.length === list.length;
      const kept = write(added ? [...others, { symbol, name }] : others);
      say(kept ? `${symbol} ${added ? "is on" : "was removed from"} your watchlist.` : "This browser stores nothing for us.");
      show();
    });
    show();
    button.hidden = false;
  }

  function star(symbol, name) {
    const button = document.createElement("button");
    const label = document.createElement("span");
    button.type = "button";
    button.className = "star";
    Object.assign(button.dataset, { star: symbol, name });
    label.className = "hidden";
    label.textContent = `Watch ${symbol}`;
    button.append(label);
    setUpStar(button);
    return button;
  }

  function setUpList(box) {
    const body = box.querySelector("tbody");
    const list = read();
    if (!list.length) return;
    body.replaceChildren(...list.map((item) => placeholder(item, "Loading …")));
    box.hidden = false;
    const compare = box.querySelector("[data-watch-compare]");
    const symbols = list.map((item) => encodeURIComponent(item.symbol));
    compare.hidden = list.length < 2;
    compare.href = `/compare?stocks=${symbols.slice(0, MOST_COMPARED).join(",")}`;
    if (list.length > MOST_COMPARED) compare.textContent = `Compare the first ${MOST_COMPARED}`;
    for (const button of box.querySelectorAll("[data-sort]")) {
      button.addEventListener("click", () => sort(box, button));
    }
    fill(body, list);
  }

  function placeholder({ symbol, name }, words) {
    const row = document.createElement("tr");
    row.dataset.symbol = symbol;
    row.dataset.name = name;
    const head = document.createElement("th");
    const link = document.createElement("a");
    const strong = document.createElement("b");
    const text = document.createElement("span");
    const cell = document.createElement("td");
    const act = document.createElement("td");
    head.scope = "row";
    link.href = `/forecast/${encodeURIComponent(symbol)}`;
    strong.textContent = symbol;
    text.textContent = name;
    link.append(strong, " ", text);
    head.append(link);
    cell.colSpan = 4;
    cell.className = "none";
    cell.textContent = words;
    act.className = "act";
    act.append(star(symbol, name));
    row.append(head, cell, act);
    return row;
  }

  // A few stocks at a time: what is there shows at once, and a long list waits for no slow stock.
  async function fill(body, list) {
    for (let from = 0; from < list.length; from += AT_ONCE) {
      const part = list.slice(from, from + AT_ONCE);
      const rows = await request(part.map((item) => item.symbol));
      for (const item of part) {
        const row = rows.get(item.symbol) || placeholder(item, "This could not be loaded. Reload the page to try again.");
        const act = row.querySelector(".act");
        if (!act.firstElementChild) act.append(star(item.symbol, item.name));
        const shown = [...body.rows].find((old) => old.dataset.symbol === item.symbol);
        if (shown) shown.replaceWith(row);
      }
      scale(body);
    }
    say(`The watchlist shows ${list.length === 1 ? "1 stock" : `${list.length} stocks`}.`);
  }

  async function request(symbols, again = true) {
    const rows = new Map();
    try {
      const answer = await fetch(`/watch?stocks=${symbols.map(encodeURIComponent).join(",")}`);
      if (answer.ok) {
        const template = document.createElement("template");
        template.innerHTML = await answer.text();
        for (const row of template.content.querySelectorAll("tr")) rows.set(row.dataset.symbol, row);
      } else if (again) {
        const seconds = Math.min(Number(answer.headers.get("retry-after")) || 2, LONGEST_WAIT_SECONDS);
        await new Promise((done) => setTimeout(done, seconds * 1000));
        return request(symbols, false);
      }
    } catch {
      // Without a connection the rows say that they could not be loaded.
    }
    return rows;
  }

  // All bars have one scale, so that they compare.
  function scale(body) {
    const ends = [...body.rows].flatMap((row) => [Number(row.dataset.low), Number(row.dataset.high)]).filter(Number.isFinite);
    if (!ends.length) return;
    const low = Math.min(...ends, 0);
    const width = Math.max(...ends, 0) - low || 1;
    for (const bar of body.querySelectorAll(".reach svg")) bar.setAttribute("viewBox", `${low} 0 ${width} 12`);
  }

  function sort(box, button) {
    const head = button.closest("th");
    const key = button.dataset.sort;
    const ascending = head.ariaSort === "descending" || (head.ariaSort === "none" && key === "symbol");
    for (const other of box.querySelectorAll("[aria-sort]")) other.ariaSort = "none";
    head.ariaSort = ascending ? "ascending" : "descending";
    const body = box.querySelector("tbody");
    const by = (row) => (key === "symbol" ? row.dataset.symbol : Number(row.dataset[key] ?? -Infinity));
    const order = (a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0);
    body.append(...[...body.rows].sort((a, b) => (ascending ? order(a, b) : order(b, a))));
  }

  document.querySelectorAll("[data-star]").forEach(setUpStar);
  const box = document.querySelector("[data-watchlist]");
  if (box) setUpList(box);
})();
