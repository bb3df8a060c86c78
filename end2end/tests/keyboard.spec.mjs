// Signing in, writing a task, starting it and approving it, without touching a pointer.

import { expect, live, test } from "../support/page.mjs";
import { FIXING_MINUTES, PASSWORD, people, stage } from "../support/team.mjs";

/** Presses Tab until the element has the focus, and sees that it shows. */
async function tabTo(page, element) {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press("Tab");
    if (await element.evaluate((node) => node === document.activeElement)) {
      await expect(element).toBeInViewport();
      return;
    }
  }
  throw new Error(`the Tab key never reaches ${element}`);
}

async function pressOn(page, element) {
  await tabTo(page, element);
  const loaded = page.waitForEvent("domcontentloaded");
  await page.keyboard.press("Enter");
  await loaded;
}

async function signInByKeys(page, person) {
  await page.goto("/sign-in");
  await expect(page.getByLabel("Email address")).toBeFocused();
  await page.keyboard.type(person.email);
  await tabTo(page, page.getByLabel("Password"));
  await page.keyboard.type(PASSWORD);
  const loaded = page.waitForEvent("domcontentloaded");
  await page.keyboard.press("Enter");
  await loaded;
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("My work");
}

test("the main job by keys alone", async ({ page, other }) => {
  test.setTimeout(120_000);
  const main = page.getByRole("main");
  await signInByKeys(page, people.member);
  await pressOn(page, page.locator(".nav-projects").getByRole("link", { name: "Pace" }));
  await pressOn(page, main.getByRole("link", { name: "New task" }));
  await tabTo(page, page.getByLabel("Title"));
  await page.keyboard.type("Minutes end at 59");
  await tabTo(page, page.getByLabel("Steps"));
  await page.keyboard.insertText(FIXING_MINUTES);
  await pressOn(page, page.getByRole("button", { name: "Create task" }));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Minutes end at 59");
  await pressOn(page, page.getByRole("button", { name: "Start", exact: true }));
  await live(page);
  // The keyboard stays on its place while the page changes around it.
  const task = main.getByRole("link", { name: "Pace", exact: true });
  await tabTo(page, task);
  await expect(stage(page)).toHaveText("Review", { timeout: 40_000 });
  await expect(task).toBeFocused();

  await signInByKeys(other, people.admin);
  await other.goto(page.url());
  await pressOn(other, other.getByRole("button", { name: "Approve" }));
  await expect(stage(other)).toHaveText("Done");
  await expect(stage(page)).toHaveText("Done");
});
