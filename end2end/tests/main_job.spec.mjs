// The main job, whole, on a real small repository whose test fails until a run's patch fixes it:
// write a task, hand it over, watch it, see the gate judge it, send back, approve, done.

import { expect, expectStatus, live, send, test } from "../support/page.mjs";
import { FIXING_STEP, USELESS_STEP } from "../support/sample_repository.mjs";
import {
  createProject,
  createTask,
  log,
  openRun,
  people,
  runState,
  signIn,
  stage,
  start,
} from "../support/team.mjs";

const RUN_TIME = 40_000;

test.describe.configure({ mode: "serial" });

const approve = (page) => page.getByRole("button", { name: "Approve" });
const sendBack = (page) =>
  page.locator("#decision form").getByRole("button", { name: "Send back" });

test("a task goes from its words to done, watched live by somebody else", async ({
  page,
  other: watcher,
}) => {
  test.setTimeout(180_000);
  await signIn(page, people.owner);
  await createProject(page, { key: "GREET", name: "Greeter" });
  const task = { project: "GREET", title: "Spell hello right", steps: USELESS_STEP };
  const address = await createTask(page, task);
  await signIn(watcher, people.admin);
  await watcher.goto(address);
  await live(watcher);
  await watcher.evaluate(() => (window.sameDocument = true));

  await test.step("a run that doesn't fix the test fails at the gate", async () => {
    await start(page);
    await expect(stage(watcher)).toHaveText("Failed", { timeout: RUN_TIME });
    await expect(watcher.locator("#verdicts")).toContainText("1 of 2 tests failed: greets by name.");
  });

  await test.step("its steps are mended and it runs again", async () => {
    await page.goto(`${address}/edit`);
    await page.getByLabel("Steps").fill(FIXING_STEP);
    await send(page, page.getByRole("button", { name: "Save changes" }));
    await start(page, "Run again");
    await expect(stage(watcher)).toHaveText("Review", { timeout: RUN_TIME });
    await expect(stage(page)).toHaveText("Review");
  });

  await test.step("the evidence shows the fix, and its producer can't approve it", async () => {
    const changes = watcher.locator("#changes");
    await expect(changes.locator(".diff-remove")).toContainText('echo "Helo, ${1:-world}!"');
    await expect(changes.locator(".diff-add").first()).toContainText('echo "Hello, ${1:-world}!"');
    await expect(watcher.locator("#evidence")).toContainText("reports/junit.xml");
    await expect(watcher.locator("#verdicts .badge")).toHaveText([
      "Passed",
      "Passed",
      "Awaiting review",
    ]);
    await expect(approve(page)).toBeDisabled();
    await expect(approve(watcher)).toBeEnabled();
  });

  await test.step("it is sent back with a reason, seen live", async () => {
    expect(await watcher.evaluate(() => window.sameDocument)).toBe(true);
    await watcher.locator("#decision summary").click();
    await watcher.getByLabel("What has to change").fill("Say it twice, to be sure.");
    await send(watcher, sendBack(watcher));
    await expect(stage(page)).toHaveText("Changes requested");
    await expect(page.locator('[data-live="task-state"]')).toContainText("Say it twice, to be sure.");
  });

  await test.step("after one more run it is approved and done", async () => {
    await start(page, "Run again");
    await live(page);
    await page.evaluate(() => (window.sameDocument = true));
    await expect(approve(watcher)).toBeEnabled({ timeout: RUN_TIME });
    await send(watcher, approve(watcher));
    await expect(stage(watcher)).toHaveText("Done");
    await expect(stage(page)).toHaveText("Done");
    expect(await page.evaluate(() => window.sameDocument)).toBe(true);
    const told = page.locator("#timeline");
    await expect(told).toContainText("Ben Okafor accepted what run 3 produced");
    await expect(told).toContainText("Run 3 kept 2 files");
  });
});

test("a run's log is seen while it is written, whole and in order", async ({ page }) => {
  await signIn(page, people.owner);
  const steps = "for i in $(seq 1 25); do echo line-$i; sleep 0.2; done\necho oops >&2";
  await createTask(page, { project: "GREET", title: "Count aloud", steps });
  await start(page);
  await openRun(page);
  await expect(log(page).getByText("line-3", { exact: true })).toBeVisible({ timeout: RUN_TIME });
  await expect(runState(page)).toHaveText("Running");
  await expect(page.locator('.step[aria-current="step"]')).toContainText("seq 1 25");
  await expect(log(page).getByText("line-25", { exact: true })).toHaveCount(0);
  await expect(log(page).locator(".log-stderr").first()).toContainText("oops", { timeout: RUN_TIME });
  const lines = await log(page).getByText(/^line-\d+$/).allTextContents();
  expect(lines).toEqual(Array.from({ length: 25 }, (_, i) => `line-${i + 1}`));
  const numbers = await log(page).locator(".log-number").allTextContents();
  expect(numbers).toEqual(numbers.map((_, index) => String(index + 1)));
});

test("a run stops within five seconds and what it said is kept", async ({ page }) => {
  await signIn(page, people.owner);
  const steps = "echo begun; while :; do sleep 1; done";
  await createTask(page, { project: "GREET", title: "Never end", steps });
  await start(page);
  await openRun(page);
  const begun = log(page).getByText("begun", { exact: true });
  await expect(begun).toBeVisible({ timeout: RUN_TIME });
  await live(page);
  const asked = Date.now();
  await send(page, page.getByRole("button", { name: "Stop the run" }));
  await expect(runState(page)).toHaveText("Stopped");
  expect(Date.now() - asked).toBeLessThan(5_000);
  await expect(begun).toBeVisible();
});

test.describe("without script", () => {
  test.use({ javaScriptEnabled: false });

  test("the whole main job is forms and links", async ({ page, other: reviewer, complaints }) => {
    test.setTimeout(120_000);
    await signIn(page, people.owner);
    await createProject(page, { key: "PLAIN", name: "Plain greeter" });
    const task = { project: "PLAIN", title: "Spell hello right", steps: FIXING_STEP };
    const address = await createTask(page, task);
    await start(page);
    await expect(async () => {
      await page.goto(address);
      await expect(stage(page)).toHaveText("Review", { timeout: 100 });
    }).toPass({ timeout: RUN_TIME });

    await signIn(reviewer, people.member);
    await reviewer.goto(address);
    await expect(reviewer.locator("#changes .diff-add").first()).toContainText("Hello");
    await reviewer.locator("#decision summary").click();
    await send(reviewer, sendBack(reviewer), 422);
    expectStatus(complaints, 422);
    await expect(reviewer.locator("#decision")).toContainText("Say what should change");
    await expect(stage(reviewer)).toHaveText("Review");

    await openRun(reviewer);
    await expect(reviewer.locator(".log-served")).toContainText("running 2 tests");
    await expect(reviewer.locator(".log-served")).toContainText("The whole log");
    await reviewer.goto(address);
    await send(reviewer, approve(reviewer));
    await expect(stage(reviewer)).toHaveText("Done");
  });
});
