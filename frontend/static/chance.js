// Chances of a price while it is typed or its line is dragged, from the quantiles in the page and by the server's
// rules (docs/api.md; a test holds both against one table). My shares stay in this browser.
(() => {
  "use strict";
  const SCORES = [
    -1.6448536269514722, -1.2815515655446004, -0.6744897501960817, 0, 0.6744897501960817, 1.2815515655446004,
    1.6448536269514722,
  ];
  const NARROWEST = 1e-6;
  const SMALLEST_STEP = 0.6;
  const FAR = 5.5;
  const LEGENDRE = legendre(64);

  const density = (z) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  const within = (value, low, high) => Math.min(high, Math.max(low, value));
  // A step that people would choose: a dollar for prices from 100 on, a cent for those from 1 on.
  const stepOf = (price) => 10 ** (Math.floor(Math.log10(price)) - 2);
  const whole = (amount) => (amount >= 1000 ? Math.round(amount) : amount);
  const sum = (values) => values.reduce((total, value) => total + value, 0);

  // Points and weights of Gauss–Legendre quadrature.
  function legendre(order) {
    return Array.from({ length: order }, (_, index) => {
      let x = -Math.cos((Math.PI * (index + 0.75)) / (order + 0.5));
      let slope = 1;
      for (let round = 0; round < 8; round += 1) {
        let [before, value] = [1, x];
        for (let degree = 2; degree <= order; degree += 1) {
          [before, value] = [value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree];
        }
        slope = (order * (x * value - before)) / (x * x - 1);
        x -= value / slope;
      }
      return [x, 2 / ((1 - x * x) * slope * slope)];
    });
  }

  function points(low, high) {
    const [middle, half] = [(low + high) / 2, (high - low) / 2];
    return LEGENDRE.map(([x, weight]) => [middle + half * x, half * weight]);
  }

  function below(z) {
    const area = points(0, within(z, -8, 8)).map(([x, weight]) => weight * density(x));
    return within(0.5 + sum(area), 0, 1);
  }

  // A session's knots: logarithms of its quantiles with their normal scores.
  function distribution(quantiles) {
    const knots = [];
    quantiles.forEach((price, level) => {
      const at = Math.log(price);
      const last = knots.at(-1);
      if (last && last.at >= at) last.score = (last.score + SCORES[level]) / 2;
      else knots.push({ at, score: SCORES[level] });
    });
    const scale = Math.max(Math.log(quantiles[5] / quantiles[1]), NARROWEST) / (2 * SCORES[5]);
    return { knots, variance: scale * scale };
  }

  function score({ knots }, price) {
    const at = Math.log(price);
    if (knots.length === 1) return at === knots[0].at ? knots[0].score : (at - knots[0].at) * Infinity;
    const found = knots.findIndex((knot) => knot.at >= at);
    const right = within(found < 0 ? knots.length : found, 1, knots.length - 1);
    const [low, high] = [knots[right - 1], knots[right]];
    return low.score + ((at - low.at) * (high.score - low.score)) / (high.at - low.at);
  }

  // The chances of a close beyond the price on the last of these sessions, and of at least one on any of them.
  function chances(sessions, side, price) {
    let [onDay, touched, before] = [0, 0, null];
    sessions.map(distribution).forEach((session, index) => {
      const beyond = side === "above" ? -score(session, price) : score(session, price);
      const variance = before
        ? Math.max(session.variance, before.variance * (1 + SMALLEST_STEP / index))
        : session.variance;
      const scale = Math.sqrt(variance);
      const step = before && Math.sqrt(variance - before.variance);
      const pathDensity = (at) =>
        before
          ? before.masses.reduce(
              (total, [from, mass]) =>
                Math.abs(at - from) < FAR * step ? total + mass * density((at - from) / step) : total,
              0,
            ) / step
          : density(at / scale) / scale;
      const masses = points(-FAR * scale, scale * within(-beyond, -FAR, FAR)).map(([at, weight]) => [
        at,
        weight * pathDensity(at),
      ]);
      onDay = below(beyond);
      touched = Math.min(1, Math.max(touched, 1 - sum(masses.map(([, mass]) => mass)), onDay));
      before = { variance, masses };
    });
    return { onDay, atLeastOnce: touched };
  }

  function words(share) {
    const rounded = Math.round(share * 1e4) / 1e4;
    if (rounded < 0.05) return "under 5%";
    if (rounded > 0.95) return "over 95%";
    return `${Math.round(rounded * 100)}%`;
  }

  window.fortnightChance = { chances, words };
  document.addEventListener("fortnight:part", (event) => setUp(event.target));
  setUp(document);

  function setUp(part) {
    const section = part.querySelector("[data-chance]:not([data-ready])");
    if (!section) return;
    section.dataset.ready = "";
    const { symbol, currency, last } = section.dataset;
    const field = section.querySelector("#above");
    const day = section.querySelector("#by");
    const list = section.querySelector(".answers");
    const problem = section.querySelector("#chance-problem");
    const format = money(currency);
    const price = () => {
      const text = field.value.trim().replace(/^\$/, "").replaceAll(",", "");
      const number = /^[\d.]+$/.test(text) ? Number(text) : NaN;
      return number > 0 && number < Infinity ? number : null;
    };
    const quantiles = () =>
      [...day.options].slice(0, day.selectedIndex + 1).map((option) => option.dataset.quantiles.split(" ").map(Number));

    function show() {
      const asked = price();
      problem.hidden = asked !== null;
      list.hidden = asked === null;
      field.toggleAttribute("aria-invalid", asked === null);
      if (asked === null) {
        problem.textContent = "Enter a positive number such as 920.";
        return;
      }
      const order = [...list.children].map((item) => item.dataset.side);
      const sides = order.length ? order : ["above", "below"];
      list.replaceChildren(
        ...sides.map((side) => {
          const { onDay, atLeastOnce } = chances(quantiles(), side, asked);
          const item = document.createElement("li");
          item.dataset.side = side;
          const question = `Chance that ${symbol} closes ${side} ${format(asked)} on ${day.selectedOptions[0].text}: `;
          item.append(line(question, words(onDay)), " ", line("at least once by then: ", words(atLeastOnce)));
          return item;
        }),
      );
      draw();
    }

    // The address asks what the page shows, so that it can be shared.
    function settle() {
      if (price() === null) return;
      const address = new URL(location.href);
      for (const name of ["below", "wait"]) address.searchParams.delete(name);
      address.searchParams.set("above", price());
      address.searchParams.set("by", day.value);
      history.replaceState(history.state, "", address);
    }

    function choose(value) {
      field.value = format(value);
      show();
    }

    field.addEventListener("input", show);
    field.addEventListener("change", settle);
    day.addEventListener("change", () => {
      show();
      settle();
      value();
    });
    section.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      show();
      settle();
    });
    field.addEventListener("keydown", (event) => {
      const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
      if (!steps || price() === null || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const step = stepOf(Number(last));
      choose(Math.max(step, (Math.round(price() / step) + steps) * step));
      settle();
    });

    // The line in the chart: drawn again whenever the chart changes, dragged by its handle.
    document.addEventListener("fortnight:chart", draw);
    draw();

    function draw() {
      const chart = window.fortnightChart?.current;
      if (!chart || !section.isConnected) return;
      const asked = price();
      const drawn = chart.svg.querySelector(".asked");
      if (asked === null) {
        drawn?.remove();
        return;
      }
      const { left, right, top, bottom } = chart.area;
      const y = within(chart.yOf(asked), top, bottom);
      const [stroke, handle, grip] = (drawn ?? chart.svg.appendChild(newLine())).children;
      set(stroke, { x1: left, x2: right, y1: y, y2: y });
      set(handle, { cx: right, cy: y, r: 8 });
      set(grip, { x: right - 32, y: y - 22, width: 64, height: 44 });
    }

    function newLine() {
      const [group, ...parts] = ["g", "line", "circle", "rect"].map((name) =>
        document.createElementNS("http://www.w3.org/2000/svg", name),
      );
      group.setAttribute("class", "asked");
      group.append(...parts);
      parts[2].addEventListener("pointerdown", drag);
      // A finger on the line moves the line, not the page.
      parts[2].addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
      return group;
    }

    function drag(event) {
      const chart = window.fortnightChart.current;
      event.preventDefault();
      event.stopPropagation();
      const move = (moved) => {
        moved.stopPropagation();
        const { top, bottom } = chart.area;
        const step = stepOf(Number(last));
        const found = chart.priceAt(within(chart.pointOf(moved).y, top, bottom));
        choose(Math.max(step, Math.round(found / step) * step));
      };
      const dragging = new AbortController();
      const { signal } = dragging;
      const end = () => {
        dragging.abort();
        settle();
      };
      addEventListener("pointermove", move, { capture: true, signal });
      addEventListener("pointerup", end, { signal });
      addEventListener("pointercancel", end, { signal });
    }

    // My shares: their value now and the 80% range on the chosen day.
    const shares = section.querySelector("#shares");
    const output = section.querySelector(".shares output");
    section.querySelector(".shares").hidden = false;
    const kept = read();
    if (kept[symbol]) shares.value = kept[symbol];
    shares.addEventListener("input", () => {
      const all = read();
      if (count() > 0) all[symbol] = count();
      else delete all[symbol];
      write(all);
      value();
    });
    value();
    // The page came with its answers; other values are restored ones.
    const isRestored = field.value !== field.defaultValue || !day.selectedOptions[0].defaultSelected;
    if (problem.hidden && isRestored) show();

    function count() {
      return Number(shares.value.trim().replaceAll(",", ""));
    }

    function value() {
      if (!(count() > 0)) {
        output.textContent = "";
        return;
      }
      const chosen = quantiles().at(-1);
      const [now, low, high] = [Number(last), chosen[1], chosen[5]].map((one) => format(whole(one * count())));
      output.textContent = `${now} at the last close; 80% range on ${day.selectedOptions[0].text}: ${low} to ${high}`;
    }
  }

  function line(text, share) {
    const span = document.createElement("span");
    const bold = document.createElement("b");
    bold.textContent = share;
    span.append(text, bold);
    return span;
  }

  function set(element, values) {
    Object.entries(values).forEach(([name, value]) => element.setAttribute(name, value));
  }

  function money(currency) {
    const write = (amount, digits) =>
      new Intl.NumberFormat("en-US", {
        style: "currency",
        currency,
        currencyDisplay: "narrowSymbol",
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }).format(amount);
    return (amount) => {
      const text = write(amount, amount < 1 ? 4 : amount < 100000 ? 2 : 0);
      return text.replace(/\.00$/, "");
    };
  }

  function read() {
    try {
      return JSON.parse(localStorage.getItem("fortnight shares")) ?? {};
    } catch {
      return {};
    }
  }

  function write(all) {
    try {
      localStorage.setItem("fortnight shares", JSON.stringify(all));
    } catch {
      // A browser that keeps nothing shows the value all the same.
    }
  }
})();
