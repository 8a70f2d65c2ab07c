// Runs before the first paint, so that a chosen theme never flashes.
(() => {
  const root = document.documentElement;
  if (root.hasAttribute("data-theme-fixed")) return;
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    // Storage may be forbidden; the system's theme holds then.
  }
})();
