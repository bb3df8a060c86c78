// A page that fails its test when the browser complains of anything.

import { test as base, expect } from "@playwright/test";

export { expect };

/** `test` with a page whose console errors, exceptions and policy violations are failures. */
export const test = base.extend({
  complaints: async ({}, use) => {
    await use([]);
  },
  page: async ({ page, complaints }, use) => {
    listen(page, complaints);
    await use(page);
    expect(complaints, "what the browser complained of").toEqual([]);
  },
  /** A page of somebody else, in a context of its own. */
  other: async ({ browser, complaints, contextOptions, javaScriptEnabled, baseURL }, use) => {
    const context = await browser.newContext({ ...contextOptions, javaScriptEnabled, baseURL });
    const page = await context.newPage();
    listen(page, complaints);
    await use(page);
    await context.close();
  },
});

/** What a browser notes when a page is left sooner than it is done: nothing that anybody misses. */
const LEAVING = ["Transition was", "WebSocket is closed before the connection is established"];

/** Collects what a page's browser complains of; for pages of further contexts. */
export function listen(page, complaints) {
  const note = (text, shown = text) => {
    if (!LEAVING.some((sign) => text.includes(sign))) complaints.push(shown);
  };
  page.on("pageerror", ({ message }) => note(message, `exception: ${message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) note(message.text());
  });
}

/** Takes out that the browser itself notes a document answered with this status. */
export function expectStatus(complaints, status) {
  const others = complaints.filter((text) => !text.includes(`status of ${status}`));
  expect(others.length, `a document was answered with ${status}`).toBeLessThan(complaints.length);
  complaints.splice(0, complaints.length, ...others);
}

/** Waits until the page's islands are alive. */
export async function hydrated(page) {
  await expect(page.locator("html")).toHaveAttribute("data-islands", "ready");
}

/** Waits until the page follows what happens. */
export async function live(page) {
  await expect(page.locator(".live-badge")).toHaveAttribute("data-state", "live");
}

/** Presses a button that sends a form, and waits for the page that answers. */
export async function send(page, button, status = 303) {
  const isForm = (response) =>
    response.request().method() === "POST" && response.request().isNavigationRequest();
  const [answer] = await Promise.all([
    page.waitForResponse(isForm),
    page.waitForEvent("domcontentloaded"),
    button.click(),
  ]);
  expect(answer.status()).toBe(status);
}
