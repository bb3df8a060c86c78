// The API's documentation: for everybody, and by keys alone.

import { expectAccessible } from "../support/accessible.mjs";
import { expect, test } from "../support/page.mjs";

test("the API's documentation is accessible in both themes on a phone and on a desk", async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto("/api/docs");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expectAccessible(page, "the API's documentation");
});

test("its operations are reached, read and unfolded by keys", async ({ page }) => {
  test.setTimeout(60_000);
  await page.goto("/api/docs");
  await page.keyboard.press("Tab");
  const skip = page.locator(":focus");
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  const link = page.getByRole("navigation").getByRole("link", { name: "Make a key of one's own" });
  await link.focus();
  await expect(link).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#create_key$/);
  const operation = page.locator("#create_key");
  await expect(operation.getByRole("heading", { level: 3 })).toBeInViewport();
  const problems = operation.locator("details");
  await tabTo(page, operation.locator("summary"));
  await expect(problems).not.toHaveAttribute("open");
  await page.keyboard.press("Enter");
  await expect(problems).toHaveAttribute("open");
  // An example that is too wide for its place scrolls by keys.
  const example = operation.locator("pre");
  await tabTo(page, example);
  await page.setViewportSize({ width: 360, height: 800 });
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => example.evaluate((node) => node.scrollLeft)).toBeGreaterThan(0);
});

/** Goes on by Tab until this has the focus. */
async function tabTo(page, element) {
  for (let steps = 0; steps < 40; steps++) {
    await page.keyboard.press("Tab");
    if (await element.evaluate((node) => node === document.activeElement)) {
      await expect(element).toBeInViewport();
      return;
    }
  }
  throw new Error("it can't be reached by keys");
}
