// The search field as a combobox: WAI-ARIA Authoring Practices, "Editable Combobox With List Autocomplete".
(() => {
  "use strict";
  const RECENTS = "recents";
  const MOST_RECENTS = 8;
  const PAUSE_MS = 60;

  const recents = {
    read() {
      try {
        const list = JSON.parse(localStorage.getItem(RECENTS) || "[]");
        const whole = (item) => item && typeof item.symbol === "string" && typeof item.name === "string";
        return Array.isArray(list) ? list.filter(whole).slice(0, MOST_RECENTS) : [];
      } catch {
        return [];
      }
    },
    add(symbol, name) {
      const others = recents.read().filter((item) => item.symbol !== symbol);
      recents.write([{ symbol, name }, ...others].slice(0, MOST_RECENTS));
    },
    write(list) {
      try {
        localStorage.setItem(RECENTS, JSON.stringify(list));
      } catch {
        // Without storage there are no recent stocks; everything else works.
      }
    },
  };
  window.fortnightRecents = recents;

  document.querySelectorAll("form[data-picker]").forEach((form, index) => setUp(form, index));

  function setUp(form, index) {
    const input = form.querySelector("input[name=q]");
    const list = document.createElement("ul");
    const status = document.createElement("p");
    list.id = `picker-list-${index}`;
    list.className = "picker-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Matching stocks");
    list.hidden = true;
    status.className = "hidden";
    status.setAttribute("role", "status");
    input.parentElement.append(list);
    form.append(status);
    for (const [name, value] of [
      ["role", "combobox"],
      ["aria-autocomplete", "list"],
      ["aria-expanded", "false"],
      ["aria-controls", list.id],
      ["aria-haspopup", "listbox"],
    ]) input.setAttribute(name, value);

    let active = -1;
    let latest = 0;
    let timer;

    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(lookUp, PAUSE_MS);
    });
    input.addEventListener("focus", () => {
      if (!input.value.trim()) showRecents();
    });
    input.addEventListener("click", () => {
      if (list.hidden) input.value.trim() ? lookUp() : showRecents();
    });
    input.addEventListener("keydown", onKey);
    input.addEventListener("blur", () => setTimeout(close, 120));
    // Choosing by pointer must not take the focus away first.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(option);
    });

    async function lookUp() {
      const text = input.value.trim();
      const turn = ++latest;
      if (!text) {
        showRecents();
        return;
      }
      try {
        const answer = await fetch(`/stocks?q=${encodeURIComponent(text)}`);
        if (!answer.ok) throw new Error(String(answer.status));
        const matches = await answer.json();
        // A slow answer to an earlier keystroke must not replace a later one.
        if (turn === latest) show(text, matches, matches.length ? `${matches.length} ${matches.length === 1 ? "match" : "matches"}` : "No match");
      } catch {
        if (turn === latest) show(text, [], "Search is not available right now");
      }
    }

    function showRecents() {
      latest += 1;
      const list = recents.read();
      if (list.length) show("", list.map((item) => ({ ...item, exchange: "recently viewed" })), `${list.length} recently viewed`);
      else close();
    }

    function show(text, matches, message) {
      active = -1;
      list.dataset.answers = text;
      input.removeAttribute("aria-activedescendant");
      list.replaceChildren(...matches.map(option));
      if (!matches.length && message !== "") {
        const none = document.createElement("li");
        none.className = "none";
        none.textContent = message === "No match" ? `No stock matches “${input.value.trim()}”` : message;
        none.setAttribute("role", "presentation");
        list.append(none);
      }
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      status.textContent = message;
    }

    function option(match, place) {
      const item = document.createElement("li");
      item.id = `${list.id}-${place}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.dataset.symbol = match.symbol;
      item.dataset.name = match.name;
      for (const [tag, text] of [["b", match.symbol], ["span", match.name], ["i", match.exchange || ""]]) {
        const part = document.createElement(tag);
        part.textContent = text;
        item.append(part, " ");
      }
      return item;
    }

    function onKey(event) {
      const options = [...list.querySelectorAll("[role=option]")];
      const open = !list.hidden && options.length > 0;
      switch (event.key) {
        case "ArrowDown":
        case "ArrowUp": {
          event.preventDefault();
          if (!open) {
            input.value.trim() ? lookUp() : showRecents();
            return;
          }
          const step = event.key === "ArrowDown" ? 1 : -1;
          const from = active < 0 && step < 0 ? 0 : active;
          activate(options, (from + step + options.length) % options.length);
          return;
        }
        case "Enter":
          // Without a choice the first match of what is typed is taken, as long as the list is about that text.
          if (open && (active >= 0 || (input.value.trim() && list.dataset.answers === input.value.trim()))) {
            event.preventDefault();
            choose(options[Math.max(active, 0)]);
          }
          return;
        case "Escape":
          if (!list.hidden) {
            event.preventDefault();
            close();
          } else {
            input.value = "";
          }
          return;
        case "Tab":
          close();
      }
    }

    function activate(options, place) {
      options.forEach((item, index) => item.setAttribute("aria-selected", String(index === place)));
      active = place;
      input.setAttribute("aria-activedescendant", options[place].id);
      options[place].scrollIntoView({ block: "nearest" });
    }

    function choose(item) {
      input.value = item.dataset.symbol;
      close();
      location.assign(`/forecast/${encodeURIComponent(item.dataset.symbol)}`);
    }

    function close() {
      latest += 1;
      active = -1;
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
  }
})();
