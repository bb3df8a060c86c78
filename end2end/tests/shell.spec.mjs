// The shell in a real browser: it comes alive without a complaint, and works without script.

import { expect, hydrated, test } from "../support/page.mjs";

const theme = (page, name) =>
  page.getByRole("form", { name: "Theme" }).getByRole("button", { name });

test("the start page comes alive with no error and no policy violation", async ({ page }) => {
  await page.goto("/");
  await hydrated(page);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("an island answers without a page load", async ({ page }) => {
  await page.goto("/");
  await hydrated(page);
  await page.evaluate(() => (window.sameDocument = true));
  await theme(page, "Dark").click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(theme(page, "Dark")).toHaveAttribute("aria-pressed", "true");
  expect(await page.evaluate(() => window.sameDocument)).toBe(true);
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("a theme is there before the first paint: the server renders it", async ({ page, context, baseURL }) => {
  await context.addCookies([{ name: "theme", value: "light", url: baseURL }]);
  const answer = await page.goto("/");
  expect(await answer.text()).toContain('data-theme="light"');
});

test("no byte of the module is fetched before the page is painted", async ({ page }) => {
  await page.goto("/");
  await hydrated(page);
  const { painted, fetched } = await page.evaluate(() => {
    const paint = performance
      .getEntriesByType("paint")
      .find((entry) => entry.name === "first-contentful-paint");
    const wasm = performance
      .getEntriesByType("resource")
      .find((entry) => entry.name.endsWith(".wasm"));
    return { painted: paint.startTime, fetched: wasm.startTime };
  });
  expect(fetched).toBeGreaterThan(painted);
});

test("a missing page helps", async ({ page, complaints }) => {
  const answer = await page.goto("/there/is/nothing");
  expect(answer.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("There is nothing here");
  await expect(page.getByRole("main")).toContainText(answer.headers()["x-request-id"]);
  await page.getByRole("main").getByRole("link").first().click();
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("There is nothing here");
  // The browser itself notes a document that was answered with 404.
  const own = complaints.filter((text) => !text.includes("status of 404"));
  complaints.splice(0, complaints.length, ...own);
});

test("what breaks in a browser is reported, and nothing else is", async ({ page, complaints }) => {
  await page.goto("/");
  await hydrated(page);
  const report = page.waitForRequest("**/fn/report_browser_error");
  await page.evaluate(() => setTimeout(() => { throw new Error("broken on purpose"); }));
  const request = await report;
  expect(request.postData()).toContain("broken+on+purpose");
  expect((await request.response()).status()).toBe(200);
  expect(complaints.splice(0)).toEqual(["exception: broken on purpose"]);
});

test.describe("without script", () => {
  test.use({ javaScriptEnabled: false });

  test("the theme's form works and returns to its page", async ({ page }) => {
    await page.goto("/");
    const address = page.url();
    await theme(page, "Dark").click();
    await expect(page).toHaveURL(address);
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    await theme(page, "System").click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "system");
  });
});

test("the policy is in force: an injected script doesn't run", async ({ page, complaints }) => {
  await page.goto("/");
  await page.evaluate(() => {
    const script = document.createElement("img");
    script.setAttribute("onerror", "window.injected = true");
    script.src = "data:image/png;base64,none";
    document.body.append(script);
    document.body.insertAdjacentHTML("beforeend", "<p style='color:red'>styled</p>");
  });
  await expect.poll(() => complaints.length).toBeGreaterThan(0);
  expect(await page.evaluate(() => window.injected)).toBeUndefined();
  for (const complaint of complaints.splice(0)) expect(complaint).toContain("Content Security Policy");
});
