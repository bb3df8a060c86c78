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
});

/** Collects what a page's browser complains of; for pages of further contexts. */
export function listen(page, complaints) {
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
}

/** Waits until the page's islands are alive. */
export async function hydrated(page) {
  await expect(page.locator("html")).toHaveAttribute("data-islands", "ready");
}
