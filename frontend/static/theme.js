// Runs before the first paint, so that no other theme flashes up and no picture is fetched in the wrong one.
(() => {
  "use strict";
  const root = document.documentElement;
  const isFixed = root.hasAttribute("data-theme-fixed");

  // A picture follows the system by its media query; a chosen theme replaces that query.
  const apply = (source) => {
    if (!source.matches("source[data-scheme=dark]") || isFixed) return;
    const size = source.dataset.size;
    const dark = "(prefers-color-scheme: dark)";
    if (!root.dataset.theme) source.media = size ? `${size} and ${dark}` : dark;
    else source.media = root.dataset.theme === "dark" ? size || "all" : "not all";
  };

  try {
    const chosen = localStorage.getItem("theme");
    if (!isFixed && (chosen === "light" || chosen === "dark")) root.dataset.theme = chosen;
  } catch {
    // Storage may be blocked; then the system decides.
  }

  // Sources are changed as they are parsed or swapped in, before the browser picks one.
  new MutationObserver((changes) => {
    if (!root.dataset.theme) return;
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        apply(node);
        node.querySelectorAll("source").forEach(apply);
      }
    }
  }).observe(document, { childList: true, subtree: true });

  window.fortnightTheme = {
    isFixed,
    // Takes light, dark or system.
    choose(theme) {
      if (theme === "system") delete root.dataset.theme;
      else root.dataset.theme = theme;
      try {
        if (theme === "system") localStorage.removeItem("theme");
        else localStorage.setItem("theme", theme);
      } catch {
        // Without storage the choice lasts for this page.
      }
      document.querySelectorAll("source").forEach(apply);
    },
  };
})();
