// Runs before the first paint, so that a chosen theme never flashes and no picture is fetched in the wrong one.
(() => {
  "use strict";
  const root = document.documentElement;
  const isFixed = root.hasAttribute("data-theme-fixed");

  // A picture follows the system by its media query; a chosen theme replaces that query.
  const dress = (source) => {
    if (!source.matches("source[data-scheme=dark]") || !root.dataset.theme || isFixed) return;
    source.media = root.dataset.theme === "dark" ? source.dataset.size || "all" : "not all";
  };

  try {
    const chosen = localStorage.getItem("theme");
    if (!isFixed && (chosen === "light" || chosen === "dark")) root.dataset.theme = chosen;
  } catch {
    // Storage may be forbidden; the system's theme holds then.
  }

  // Sources are dressed as they are parsed or swapped in, before the browser picks one.
  new MutationObserver((changes) => {
    if (!root.dataset.theme) return;
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        dress(node);
        node.querySelectorAll("source").forEach(dress);
      }
    }
  }).observe(document, { childList: true, subtree: true });

  window.fortnightTheme = {
    isFixed,
    choose(theme) {
      root.dataset.theme = theme;
      try {
        localStorage.setItem("theme", theme);
      } catch {
        // Without storage the choice holds for this page.
      }
      document.querySelectorAll("source").forEach(dress);
    },
  };
})();
