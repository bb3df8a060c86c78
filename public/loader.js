// Starts the islands of a page, once the page itself has been painted: nothing here competes with
// what a visitor came to see. Until then every control is a real link or form and does its work.

const assets = new URL(".", import.meta.url);
const islands = document.querySelectorAll("leptos-island");

let reports = 0;
function report(message) {
  if (++reports > 3) return;
  const body = new URLSearchParams({ message: String(message), page: location.pathname });
  fetch("/fn/report_browser_error", { method: "POST", body, keepalive: true }).catch(() => {});
}
addEventListener("error", (event) => report(event.error?.stack ?? event.message));
addEventListener("unhandledrejection", ({ reason }) => {
  // A browser that skips the animation between two pages says so by a promise of its own.
  if (reason instanceof DOMException && String(reason.message).startsWith("Transition was")) return;
  report(reason?.stack ?? reason);
});

function loaded() {
  if (document.readyState === "complete") return Promise.resolve();
  return new Promise((resolve) => addEventListener("load", resolve, { once: true }));
}

function painted() {
  // A tab in the background paints nothing, and need not wait for it.
  if (document.visibilityState === "hidden") return Promise.resolve();
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

function idle() {
  if (!("requestIdleCallback" in window)) return Promise.resolve();
  return new Promise((resolve) => requestIdleCallback(resolve, { timeout: 500 }));
}

/** Brings islands to life, outer before inner; children given to an island belong to it. */
async function hydrate(root, module) {
  const childrenOf = [];
  async function walk(element) {
    const name = element.localName;
    if (name === "leptos-island") {
      const start = module[element.dataset.component];
      if (start) {
        childrenOf.at(-1)?.();
        await start(element);
      } else {
        report(`no island ${element.dataset.component}`);
      }
    }
    if (name === "leptos-children") childrenOf.push(element.$$on_hydrate);
    for (const child of [...element.children]) await walk(child);
    if (name === "leptos-children") childrenOf.pop();
  }
  await walk(root);
}

async function start() {
  await loaded();
  await painted();
  await idle();
  const module = await import(new URL("app.js", assets));
  await module.default({ module_or_path: new URL("app_bg.wasm", assets) });
  module.hydrate();
  await hydrate(document.body, module);
  // For parts of the page that are replaced later, and for tests.
  window.hydrateIslands = (root) => hydrate(root, module);
  document.documentElement.dataset.islands = "ready";
}

if (islands.length > 0) start();
