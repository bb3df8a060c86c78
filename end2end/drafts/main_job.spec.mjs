// The main job, whole, on a real small repository whose test fails until a run's patch fixes it:
// write a task, hand it over, watch it, see the gate judge it, send back, approve, done.

import { listen, test, expect } from "../support/page.mjs";
import {
  FIXING_STEP,
  REPORT_PATTERN,
  TEST_COMMAND,
  USELESS_STEP,
  sampleBundle,
} from "../support/sample_repository.mjs";
import { createProject, createTask, people, plant, signIn } from "../support/team.mjs";

const RUN_TIME = 60_000;
const source = () => ({
  name: "greeter.bundle",
  mimeType: "application/octet-stream",
  buffer: sampleBundle(),
});

test.describe.configure({ mode: "serial" });
test.beforeAll(async ({ request }) => plant(request));

const stage = (page, name) => page.getByTestId("task-stage").filter({ hasText: name });

test("a task goes from its words to done, watched live by somebody else", async ({
  page,
  browser,
  complaints,
}) => {
  test.setTimeout(240_000);
  await signIn(page, people.owner);
  await createProject(page, {
    key: "GREET",
    name: "Greeter",
    source: source(),
    command: TEST_COMMAND,
    reports: REPORT_PATTERN,
  });
  await createTask(page, { project: "GREET", title: "Spell hello right", steps: USELESS_STEP });
  const address = new URL(page.url()).pathname;

  const second = await browser.newContext();
  const watcher = await second.newPage();
  listen(watcher, complaints);
  await signIn(watcher, people.admin);
  await watcher.goto(address);
  await expect(watcher.getByTestId("live-state")).toContainText("Live");

  await test.step("a run that doesn't fix the test fails at the gate", async () => {
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await expect(stage(watcher, "Failed")).toBeVisible({ timeout: RUN_TIME });
    await expect(watcher.getByText("greets by name").first()).toBeVisible();
  });

  await test.step("its steps are mended and it runs again", async () => {
    await page.goto(`${address}/edit`);
    await page.getByLabel("Steps").fill(FIXING_STEP);
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByRole("button", { name: "Run again" }).click();
    await expect(stage(watcher, "Review")).toBeVisible({ timeout: RUN_TIME });
    await expect(stage(page, "Review")).toBeVisible();
  });

  await test.step("the evidence shows the fix, and its producer can't approve it", async () => {
    await expect(watcher.getByText("Hello, ${1:-world}!").first()).toBeVisible();
    await expect(watcher.getByText("reports/junit.xml").first()).toBeVisible();
    await expect(page.getByRole("button", { name: "Approve" })).toBeDisabled();
    await expect(watcher.getByRole("button", { name: "Approve" })).toBeEnabled();
  });

  await test.step("it is sent back with a reason, seen live", async () => {
    await watcher.getByLabel("What has to change").fill("Say it twice, to be sure.");
    await watcher.getByRole("button", { name: "Send back" }).click();
    await expect(stage(page, "Changes requested")).toBeVisible();
    await expect(page.getByText("Say it twice, to be sure.").first()).toBeVisible();
  });

  await test.step("after one more run it is approved and done", async () => {
    await page.reload();
    await page.getByRole("button", { name: "Run again" }).click();
    await expect(watcher.getByRole("button", { name: "Approve" })).toBeEnabled({
      timeout: RUN_TIME,
    });
    await watcher.getByRole("button", { name: "Approve" }).click();
    await expect(stage(watcher, "Done")).toBeVisible();
    await expect(stage(page, "Done")).toBeVisible();
  });
  await second.close();
});

test("a run's log is seen while it is written, whole and in order", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, people.owner);
  const steps = "for i in $(seq 1 30); do echo line-$i; sleep 0.2; done\necho oops >&2";
  await createTask(page, { project: "GREET", title: "Count aloud", steps });
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("link", { name: "Watch it live" }).click();
  const log = page.getByTestId("log");
  await expect(log.getByText("line-3", { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByTestId("run-state")).toContainText("Running");
  await expect(log.getByText("oops", { exact: true })).toBeVisible({ timeout: 60_000 });
  const lines = await log.getByText(/^line-\d+$/).allTextContents();
  expect(lines).toEqual(Array.from({ length: 30 }, (_, i) => `line-${i + 1}`));
});

test("a run stops within five seconds and what it said is kept", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, people.owner);
  await createTask(page, {
    project: "GREET",
    title: "Never end",
    steps: "echo begun; while :; do sleep 1; done",
  });
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("link", { name: "Watch it live" }).click();
  await expect(page.getByTestId("log").getByText("begun", { exact: true })).toBeVisible({
    timeout: 30_000,
  });
  const asked = Date.now();
  await page.getByRole("button", { name: "Stop the run" }).click();
  await expect(page.getByTestId("run-state")).toContainText("Stopped", { timeout: 10_000 });
  expect(Date.now() - asked).toBeLessThan(7_000);
  await expect(page.getByTestId("log").getByText("begun", { exact: true })).toBeVisible();
});

test.describe("without script", () => {
  test.use({ javaScriptEnabled: false });

  test("the whole main job is forms and links", async ({ page, browser }) => {
    test.setTimeout(240_000);
    await signIn(page, people.owner);
    await createProject(page, {
      key: "PLAIN",
      name: "Plain greeter",
      source: source(),
      command: TEST_COMMAND,
      reports: REPORT_PATTERN,
    });
    await createTask(page, { project: "PLAIN", title: "Spell hello right", steps: FIXING_STEP });
    const address = new URL(page.url()).pathname;
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await expect(async () => {
      await page.goto(address);
      await expect(stage(page, "Review")).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: RUN_TIME });

    const other = await browser.newContext({ javaScriptEnabled: false });
    const reviewer = await other.newPage();
    await signIn(reviewer, people.member);
    await reviewer.goto(address);
    await reviewer.getByRole("button", { name: "Send back" }).click();
    await expect(reviewer.getByText("What has to change").first()).toBeVisible();
    await expect(stage(reviewer, "Review")).toBeVisible();
    await reviewer.getByRole("button", { name: "Approve" }).click();
    await expect(stage(reviewer, "Done")).toBeVisible();
    await other.close();
  });
});
