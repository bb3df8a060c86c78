// What people and agents write is text: in markdown, in a log, in a patch, in a kept file. And a line
// of a log has an address that leads to it.

import { expect, expectStatus, hydrated, send, test } from "../support/page.mjs";
import { createTask, enter, log, openRun, people, stage, start } from "../support/team.mjs";

const SCRIPT = "<script>window.hacked=1</script>";
const PICTURE = "<img src=x onerror=window.hacked=1>";
const DESCRIPTION = [
  SCRIPT,
  PICTURE,
  "[a link](javascript:window.hacked=1) ![](https://elsewhere.example/x.png)",
  "<style>body{display:none}</style><p style='color:red'>styled</p>",
  "**kept**",
].join("\n\n");
const STEPS = [
  `printf '\\033[31mred\\033[0m \\377\\376 ${PICTURE}\\n'`,
  `printf '\\033]0;title\\007\\033[2J\\033[1;1H${SCRIPT}\\n' >&2`,
  `printf '${SCRIPT}\\n' > evil.html`,
  "seq -f 'row %g' 1 400",
].join("\n");

test.describe.configure({ mode: "serial" });
let run;

test("nothing that was written is run, loaded or obeyed", async ({ page, complaints }) => {
  test.setTimeout(90_000);
  await enter(page, people.member);
  const task = { project: "PACE", title: `Nothing of ${SCRIPT}`, steps: STEPS };
  await createTask(page, { ...task, description: DESCRIPTION, artifacts: "*.html" });
  await expect(page.locator("#description strong")).toHaveText("kept");
  await expect(page.locator("#description")).toContainText(SCRIPT);
  await start(page);
  await expect(stage(page)).toHaveText("Failed", { timeout: 40_000 });
  await expect(page.locator("#changes .diff-add").first()).toContainText(SCRIPT);
  const kept = page.locator("#evidence").getByRole("link", { name: "evil.html" });
  const file = await kept.getAttribute("href");
  await openRun(page);
  run = new URL(page.url()).pathname;
  await hydrated(page);
  const lines = log(page).locator(".log-text");
  await expect(lines.filter({ hasText: "red" })).toHaveText(`red \u{fffd}\u{fffd} ${PICTURE}`);
  await expect(lines.filter({ hasText: "red" }).locator(".ansi-1")).toHaveText("red");
  await expect(log(page).locator(".log-stderr .log-text").first()).toContainText(SCRIPT);
  expect(await page.evaluate(() => window.hacked)).toBeUndefined();
  expect(complaints).toEqual([]);
  const shown = await page.goto(file);
  expect(shown.headers()["content-type"]).toContain("text/plain");
  expect(await page.evaluate(() => window.hacked)).toBeUndefined();
  // A kept file is shown in a sandbox of its own, where even the test's script is refused.
  for (const complaint of complaints.splice(0)) expect(complaint).toContain("sandboxed");
});

test("the address of a line leads there, also on a fresh open", async ({ page }) => {
  await enter(page, people.admin);
  await page.goto(`${run}#L250`);
  const line = log(page).locator(".log-row[aria-current]");
  await expect(line).toContainText(/^250row \d+$/);
  await expect(line).toBeInViewport();
  // It is on view in the log's own frame, too, not only somewhere on the page.
  const place = await log(page).evaluate((pane) => {
    const marked = pane.querySelector("[aria-current]").getBoundingClientRect();
    const frame = pane.getBoundingClientRect();
    return { above: marked.top - frame.top, below: frame.bottom - marked.bottom };
  });
  expect(place.above).toBeGreaterThan(0);
  expect(place.below).toBeGreaterThan(0);
});

test("a line is linked to by keys alone", async ({ page }) => {
  await enter(page, people.admin);
  await page.goto(run);
  await hydrated(page);
  await expect(log(page).locator(".log-number").first()).toBeVisible();
  await log(page).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#L1$/);
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowDown");
  await expect(page).toHaveURL(/#L4$/);
  await expect(log(page).locator(".log-row[aria-current] .log-number")).toHaveText("4");
  await expect(log(page).getByRole("link", { name: "4", exact: true })).toBeFocused();
});

test("titles are bounded and printable, and say so beside the field", async ({ page, complaints }) => {
  await enter(page, people.member);
  await page.goto("/projects/PACE/new");
  for (const [title, message] of [
    ["x".repeat(10_000), /too long/],
    ["bell \u{7} and \u{202e} backwards", /control characters/],
    ["   ", /can't be empty/],
  ]) {
    await page.getByLabel("Title").fill(title);
    await send(page, page.getByRole("button", { name: "Create task" }), 422);
    expectStatus(complaints, 422);
    await expect(page.getByLabel("Title")).toHaveAccessibleDescription(message);
    await expect(page.getByLabel("Title")).toHaveValue(title);
  }
});
