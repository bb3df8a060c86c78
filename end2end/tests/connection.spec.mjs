// What becomes of an open page when the network, the module or the session goes away.

import { expect, hydrated, live, send, test } from "../support/page.mjs";
import { enter, people, signIn, stage } from "../support/team.mjs";

const badge = (page) => page.locator(".live-badge");

/** Moves a task by hand, as its page offers it. */
async function move(page, label) {
  await page.getByText("Move or give up").click();
  await send(page, page.getByRole("button", { name: label }));
}

test("offline it says so, and afterwards nothing is missing", async ({ page, other, complaints }) => {
  await enter(page, people.owner);
  await enter(other, people.admin);
  await page.goto("/tasks/PACE-4");
  await live(page);
  await page.context().setOffline(true);
  await expect(badge(page)).toHaveAttribute("data-state", "stale");
  await expect(badge(page)).toContainText("Stale since");
  await other.goto("/tasks/PACE-4");
  await move(other, "Move to the backlog");
  await other.goto("/tasks/PACE-4/edit");
  await other.getByLabel("Title").fill("Refuse what is no number");
  await send(other, other.getByRole("button", { name: "Save changes" }));
  await expect(stage(page)).toHaveText("Ready");

  await page.context().setOffline(false);
  await live(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Refuse what is no number");
  await expect(stage(page)).toHaveText("Backlog");
  const told = page.locator("#timeline .event");
  await expect(told.nth(0)).toContainText("Ben Okafor edited the task");
  await expect(told.nth(1)).toContainText("Ben Okafor moved it to the backlog");
  await move(other, "Mark as ready");
  await expect(stage(page)).toHaveText("Ready");
  // The browser notes each attempt to connect meanwhile; nothing else may be amiss.
  for (const complaint of complaints.splice(0)) expect(complaint).toContain("DISCONNECTED");
});

test("a button that goes away takes nobody to another one", async ({ page, other }) => {
  await enter(page, people.owner);
  await enter(other, people.admin);
  await page.goto("/tasks/PACE-4");
  await live(page);
  const more = page.locator('[data-live="task-state"] summary');
  await more.focus();
  await other.goto("/tasks/PACE-4");
  await move(other, "Move to the backlog");
  await expect(stage(page)).toHaveText("Backlog");
  await expect(more).toBeFocused();
  await more.press("Enter");
  await page.getByRole("button", { name: "Mark as ready" }).focus();
  await move(other, "Mark as ready");
  await expect(stage(page)).toHaveText("Ready");
  const focused = await page.evaluate(() => document.activeElement.dataset.live);
  expect(focused, "the part itself has the focus").toBe("task-state");
});

test("whoever signed out elsewhere is told on the page that is still open", async ({
  page,
  complaints,
}) => {
  await signIn(page, people.viewer);
  await page.goto("/projects/PACE");
  await live(page);
  const tab = await page.context().newPage();
  await tab.goto("/");
  await send(tab, tab.getByRole("button", { name: "Sign out" }));
  await page.bringToFront();
  await expect(badge(page)).toHaveAttribute("data-state", "gone", { timeout: 45_000 });
  await badge(page).getByRole("link", { name: "Reload" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  // The browser notes each socket that is refused.
  complaints.splice(0);
});

test("without the module every page is read and every form works", async ({ page, complaints }) => {
  await page.route("**/*.wasm", (route) => route.abort());
  await enter(page, people.owner);
  await page.goto("/tasks/PACE-5");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Translate the units");
  await expect(badge(page)).toContainText("As of");
  await move(page, "Mark as ready");
  await expect(stage(page)).toHaveText("Ready");
  await move(page, "Move to the backlog");
  await expect(stage(page)).toHaveText("Backlog");
  expect(complaints.splice(0).join("\n")).toContain("ERR_FAILED");
});

test("a click before the module is there does its form's job", async ({ page }) => {
  await page.route("**/*.wasm", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await route.continue();
  });
  await page.goto("/sign-in");
  const theme = page.getByRole("form", { name: "Theme" });
  await send(page, theme.getByRole("button", { name: "Dark" }));
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.locator("html")).not.toHaveAttribute("data-islands", "ready");
  await hydrated(page);
  await expect(theme.getByRole("button", { name: "Dark" })).toHaveAttribute("aria-pressed", "true");
});
