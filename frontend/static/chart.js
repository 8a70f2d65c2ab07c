// A chart to touch: a layer over the server's picture that reads out one day at a time, and ranges of history that
// change in place. The place of every session and price comes from the server, which drew the picture.
//
// For other scripts: `fortnightChart.current` is the chart shown now, or null until its place is known; the document
// gets a "fortnight:chart" event whenever it changes (first picture, another range, size or theme). A chart has
//   svg                          the layer; its units are the picture's CSS pixels
//   area                         {width, height, left, top, right, bottom, low, high, last, sessions}
//   yOf(price), priceAt(y)       between prices and the layer's units
//   xOf(index), indexAt(x)       between sessions, 0 being the oldest, and the layer's units
//   pointOf(event)               {x, y} of a pointer event in the layer's units
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  window.fortnightChart = { current: null };
  let shown = null;

  document.addEventListener("fortnight:part", (event) => setUp(event.target));
  setUp(document);

  function setUp(part) {
    const plot = part.querySelector("[data-plot]:not([data-ready])");
    if (!plot) return;
    plot.dataset.ready = "";
    const image = plot.querySelector("img");
    image.addEventListener("load", () => locate(plot, image));
    if (image.complete && image.naturalWidth > 0) locate(plot, image);
    const ranges = document.querySelector("[data-ranges]");
    ranges.addEventListener("click", (event) => changeRange(event, ranges, plot));
  }

  // Asks where the picture that the browser has chosen shows what.
  async function locate(plot, image) {
    const address = new URL(image.currentSrc);
    address.pathname = address.pathname.replace(/png$/, "json");
    for (const name of ["theme", "scale"]) address.searchParams.delete(name);
    if (shown?.address === address.href && shown.plot === plot) return;
    try {
      const response = await fetch(address);
      if (!response.ok) return;
      show(plot, address.href, await response.json());
    } catch {
      // Without its place the picture stays a picture.
    }
  }

  function show(plot, address, area) {
    const touch = plot.querySelector(".touch") ?? layer(plot);
    const svg = touch.querySelector("svg");
    svg.setAttribute("viewBox", `0 0 ${area.width} ${area.height}`);
    const { left, right, top, bottom, low, high, sessions } = area;
    const end = sessions.length - 1;
    const chart = {
      svg,
      area,
      yOf: (price) => bottom - ((price - low) / (high - low)) * (bottom - top),
      priceAt: (y) => low + ((bottom - y) / (bottom - top)) * (high - low),
      xOf: (index) => left + ((right - left) * index) / end,
      indexAt: (x) => Math.min(end, Math.max(0, Math.round(((x - left) / (right - left)) * end))),
      pointOf: ({ clientX, clientY }) => {
        const box = svg.getBoundingClientRect();
        return {
          x: ((clientX - box.left) / box.width) * area.width,
          y: ((clientY - box.top) / box.height) * area.height,
        };
      },
    };
    // The same day stays marked where the range or the size changes.
    const date = shown?.plot === plot && shown.index !== null ? shown.chart.area.sessions[shown.index].date : null;
    const index = sessions.findIndex((session) => session.date === date);
    shown = { plot, address, chart, touch, index: null };
    touch.setAttribute("aria-valuemax", end);
    describe(end);
    if (index >= 0) mark(index);
    else clear();
    fortnightChart.current = chart;
    document.dispatchEvent(new CustomEvent("fortnight:chart", { detail: chart }));
  }

  // A slider is what screen readers know for one value chosen from a row; they say its text when it changes.
  function layer(plot) {
    const touch = document.createElement("div");
    touch.className = "touch";
    touch.tabIndex = 0;
    touch.setAttribute("role", "slider");
    touch.setAttribute("aria-label", "Day in the chart");
    touch.setAttribute("aria-valuemin", 0);
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("preserveAspectRatio", "none");
    const readout = document.createElement("output");
    readout.className = "readout";
    readout.setAttribute("aria-live", "off");
    readout.hidden = true;
    touch.append(svg);
    plot.append(touch, readout);
    const follow = (event) => mark(shown.chart.indexAt(shown.chart.pointOf(event).x));
    touch.addEventListener("pointerdown", follow);
    touch.addEventListener("pointermove", follow);
    // A finger leaves the day it has found on the screen.
    touch.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && clear());
    touch.addEventListener("focus", () => touch.matches(":focus-visible") && shown.index === null && mark(endIndex()));
    touch.addEventListener("blur", clear);
    touch.addEventListener("keydown", (event) => {
      const index = shown.index ?? endIndex();
      const target = {
        ArrowLeft: index - 1,
        ArrowDown: index - 1,
        ArrowRight: index + 1,
        ArrowUp: index + 1,
        PageDown: index - 5,
        PageUp: index + 5,
        Home: 0,
        End: endIndex(),
      }[event.key];
      if (event.key === "Escape") clear();
      if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      mark(Math.min(endIndex(), Math.max(0, target)));
    });
    return touch;
  }

  const endIndex = () => shown.chart.area.sessions.length - 1;

  function describe(index) {
    shown.touch.setAttribute("aria-valuenow", index);
    shown.touch.setAttribute("aria-valuetext", shown.chart.area.sessions[index].text);
  }

  // Draws the line and the points of one day, and says what they are.
  function mark(index) {
    const { chart, plot } = shown;
    if (shown.index === index) return;
    shown.index = index;
    const { top, bottom, width, height, sessions } = chart.area;
    const { text, prices } = sessions[index];
    const x = chart.xOf(index);
    const line = document.createElementNS(SVG, "line");
    const at = (element, values) => Object.entries(values).forEach(([name, value]) => element.setAttribute(name, value));
    at(line, { class: "cursor", x1: x, x2: x, y1: top, y2: bottom });
    const points = prices.map((price) => {
      const point = document.createElementNS(SVG, "circle");
      at(point, { class: "point", cx: x, cy: chart.yOf(price), r: 5 });
      return point;
    });
    wipe(chart.svg);
    chart.svg.prepend(line, ...points);
    describe(index);
    const readout = plot.querySelector(".readout");
    readout.textContent = text;
    readout.hidden = false;
    const room = plot.clientWidth - readout.offsetWidth;
    const middle = (x / width) * plot.clientWidth - readout.offsetWidth / 2;
    readout.style.left = `${Math.max(0, Math.min(room, middle))}px`;
    readout.style.top = `${Math.max(0, (top / height) * plot.clientHeight - readout.offsetHeight - 11)}px`;
  }

  function clear() {
    if (!shown) return;
    shown.index = null;
    wipe(shown.chart.svg);
    shown.plot.querySelector(".readout").hidden = true;
  }

  function wipe(svg) {
    svg.querySelectorAll(".cursor, .point").forEach((old) => old.remove());
  }

  // Takes what another range changes from its page: the picture and every link that carries the range.
  async function changeRange(event, ranges, plot) {
    const link = event.target.closest("a");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const chosen = link.href;
    ranges.dataset.chosen = chosen;
    try {
      const address = new URL(chosen);
      address.searchParams.set("wait", 1);
      const response = await fetch(address);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (ranges.dataset.chosen !== chosen) return;
      const counterparts = (css) => {
        const [old, fresh] = [document, page].map((from) => [...from.querySelectorAll(css)]);
        if (old.length !== fresh.length) throw new Error("another page");
        return old.map((element, place) => [element, fresh[place]]);
      };
      const links = counterparts(".ranges a, .neighbours a, .steps a, .files a, [data-share]");
      const pictures = counterparts("[data-plot] source, [data-plot] img");
      for (const [old, fresh] of links) {
        old.setAttribute("href", fresh.getAttribute("href"));
        if (old.matches("[data-share]")) old.textContent = fresh.textContent;
        if (fresh.ariaCurrent) old.ariaCurrent = fresh.ariaCurrent;
        else old.removeAttribute("aria-current");
      }
      for (const [old, fresh] of pictures) {
        for (const name of ["srcset", "src", "alt"]) {
          if (fresh.hasAttribute(name)) old.setAttribute(name, fresh.getAttribute(name));
        }
      }
      plot.setAttribute("aria-busy", "true");
      plot.querySelector("img").addEventListener("load", () => plot.removeAttribute("aria-busy"), { once: true });
      history.replaceState(null, "", chosen);
    } catch {
      location.assign(chosen);
    }
  }
})();
