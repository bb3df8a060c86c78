// Every kind of page with real data: WCAG 2.2 AA in both themes at both widths, nothing too wide.

import { expectAccessible } from "../support/accessible.mjs";
import { expect, expectStatus, hydrated, live, send, test } from "../support/page.mjs";
import { enter, openRun, people, readyToReview } from "../support/team.mjs";

const PAGES = [
  ["my work", "/"],
  ["a project's tasks", "/projects/PACE"],
  ["tasks that no filter lets through", "/projects/PACE?q=nothing+like+this"],
  ["new project", "/projects/new"],
  ["settings", "/projects/PACE/settings"],
  ["a task in the backlog", "/tasks/PACE-5"],
  ["a task that is done", "/tasks/PACE-1"],
  ["edit", "/tasks/PACE-4/edit"],
  ["sandboxes", "/sandboxes"],
  ["validations", "/validations"],
];

const SETTINGS = ["profile", "sessions", "keys", "members", "workspace", "audit"];

test("the settings, a workspace to be founded, links that let nobody in", async ({ page, complaints }) => {
  test.setTimeout(120_000);
  await enter(page, people.admin);
  for (const path of [...SETTINGS.map((part) => `/settings/${part}`), "/workspaces/new"]) {
    await page.goto(path);
    await hydrated(page);
    await expectAccessible(page, path);
  }
  for (const link of ["join", "reset"]) {
    await page.goto(`/${link}/${"0".repeat(64)}`);
    await expectAccessible(page, `a link of ${link} that lets nobody in`);
    expectStatus(complaints, 404);
  }
});

test("members' pages", async ({ page }) => {
  test.setTimeout(120_000);
  await enter(page, people.admin);
  for (const [name, path] of PAGES) {
    await page.goto(path);
    await hydrated(page);
    await expectAccessible(page, name);
  }
});

test("a task in review, its run with its log, and its sandbox", async ({ page }) => {
  test.setTimeout(90_000);
  await enter(page, people.admin);
  const address = await readyToReview(page);
  await page.locator("#decision summary").click();
  await live(page);
  await expectAccessible(page, "a task in review");
  await openRun(page);
  await expect(page.locator('.log-pane[data-state="lines"]')).toBeVisible();
  await expectAccessible(page, `the run of ${address}`);
  await page.locator("#about").getByRole("link", { name: "Open" }).click();
  await page.waitForURL("**/sandboxes/*");
  await expect(page.locator('.log-pane[data-state="lines"]')).toBeVisible();
  await expectAccessible(page, "its sandbox");
});

test("pages that refuse", async ({ page, other, complaints }) => {
  test.setTimeout(90_000);
  await other.goto("/sign-in");
  await expectAccessible(other, "sign in");
  await enter(page, people.viewer);
  await page.goto("/projects/new");
  expectStatus(complaints, 403);
  await expectAccessible(page, "forbidden");
  await page.goto("/tasks/PACE-999");
  expectStatus(complaints, 404);
  await expectAccessible(page, "missing");
  await enter(other, people.member);
  await other.goto("/projects/PACE/new");
  await other.getByLabel("Steps").fill("echo kept");
  await send(other, other.getByRole("button", { name: "Create task" }), 422);
  expectStatus(complaints, 422);
  await expect(other.getByLabel("Steps")).toHaveValue("echo kept");
  await expectAccessible(other, "a form that wasn't accepted");
});
