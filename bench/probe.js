// Watches one run in the page: when the text is all there, the longest main-thread task, and when
// nothing moves any more. `selector` finds the text in the output of the measured cell.
([selector, marker]) => {
  const cell = document.querySelectorAll(".jp-CodeCell")[1];
  const area = cell.querySelector(".jp-Cell-outputWrapper");
  const probe = { finished: false, seenMs: null, longestMs: 0, movedMs: performance.now() };
  const text = () => [...area.querySelectorAll(selector)].map((el) => el.textContent).join("");
  const look = () => {
    if (text().trimEnd().endsWith(marker)) probe.seenMs = Date.now();
    else requestAnimationFrame(look);
  };
  if (selector) requestAnimationFrame(look);
  new MutationObserver(() => (probe.movedMs = performance.now())).observe(area, {
    childList: true,
    characterData: true,
    subtree: true,
  });
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) probe.longestMs = Math.max(probe.longestMs, task.duration);
  }).observe({ type: "longtask" });
  probe.text = () => (selector ? text() : "");
  // A message that the server dropped may have been the one that says that the cell is done.
  probe.settled = () => {
    const stillMs = performance.now() - probe.movedMs;
    if (!probe.finished) return stillMs > 30_000;
    return stillMs > (selector && probe.seenMs === null ? 5000 : 1000);
  };
  window.probe = probe;
  window.jupyterapp.commands
    .execute("notebook:run-cell")
    .finally(() => (probe.finished = true));
  probe.movedMs = performance.now();
}
