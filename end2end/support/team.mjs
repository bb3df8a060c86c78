// People of the demonstration workspace, for specs that need more than one.

import { expect } from "@playwright/test";
import { send } from "./page.mjs";
import { REPORT_PATTERN, TEST_COMMAND, sampleBundle } from "./sample_repository.mjs";

/** Everybody's password there. */
export const PASSWORD = "durations-in-words";

/** The demonstration's people, by role. */
export const people = {
  owner: { name: "Ada Moreau", email: "ada@pace.example" },
  admin: { name: "Ben Okafor", email: "ben@pace.example" },
  member: { name: "Chiara Lind", email: "chiara@pace.example" },
  viewer: { name: "Dmitri Sato", email: "dmitri@pace.example" },
};

/** Plants the demonstration, unless it stands already. */
export async function plant(request) {
  const answer = await request.post("/__test/seed?name=demo", {
    headers: { "x-test-secret": process.env.TEST_SECRET },
    timeout: 60_000,
  });
  expect(answer.status(), await answer.text()).toBe(200);
}

/** Signs a person in through the form. */
export async function signIn(page, person) {
  await page.goto("/sign-in");
  await page.getByLabel("Email address").fill(person.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await send(page, page.getByRole("button", { name: "Sign in" }));
  await expect(page.getByRole("heading", { level: 1, name: "My work" })).toBeVisible();
}

const cookies = new Map();

/** Lets a person in with the session they have; signs them in through the form if they have none. */
export async function enter(page, person) {
  const known = cookies.get(person.email);
  if (known) return page.context().addCookies(known);
  await signIn(page, person);
  cookies.set(person.email, await page.context().cookies());
}

/** Steps that mend the demonstration's test. */
export const FIXING_MINUTES =
  "sed -i 's|seconds / 60))|seconds / 60 % 60))|' humanize.sh\nsh test.sh";

/** The page of a task of the demonstration that waits for a decision. Gives its address. */
export async function readyToReview(page) {
  await expect(async () => {
    await page.goto("/projects/PACE?stage=review");
    await page.locator(".row-title").first().click({ timeout: 500 });
    await page.waitForURL("**/tasks/*");
  }).toPass({ timeout: 40_000 });
  return new URL(page.url()).pathname;
}

/**
 * Creates a project whose source is the sample repository, with a gate of every kind; the page ends
 * on its settings.
 */
export async function createProject(page, { key, name }) {
  await page.goto("/projects/new");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Key", { exact: true }).fill(key);
  await send(page, page.getByRole("button", { name: "Create project" }));
  await page.getByLabel("Archive", { exact: true }).setInputFiles({
    name: "greeter.bundle",
    mimeType: "application/octet-stream",
    buffer: sampleBundle(),
  });
  await send(page, page.getByRole("button", { name: "Upload source" }));
  await expect(page.getByText("greeter.bundle").first()).toBeVisible();
  await page.getByLabel("Commands that must succeed").fill(TEST_COMMAND);
  await page.getByLabel("Test reports without failures").fill(REPORT_PATTERN);
  await page.getByLabel("A person approves").check();
  await send(page, page.getByRole("button", { name: "Save gate" }));
  await expect(page.getByLabel("Commands that must succeed")).toHaveValue(TEST_COMMAND);
}

/** Writes a task that is ready to start; the page ends on it. Gives its address. */
export async function createTask(page, { project, title, steps, ...more }) {
  await page.goto(`/projects/${project}/new`);
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Description").fill(more.description ?? "`greet.sh` says **Helo**.");
  await page.getByLabel("Steps").fill(steps);
  await page.getByLabel("Files to keep").fill(more.artifacts ?? "");
  await page.getByLabel("Put it in").selectOption("ready");
  await send(page, page.getByRole("button", { name: "Create task" }));
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  return new URL(page.url()).pathname;
}

/** Starts the task whose page is shown. */
export async function start(page, name = "Start") {
  await send(page, page.getByRole("button", { name, exact: true }));
}

/** Goes on to the page of the run that the task's page shows. */
export async function openRun(page) {
  await page.locator("#run").getByRole("link", { name: /Watch it live|Open with its log/ }).click();
  await page.waitForURL("**/runs/*");
}

/** Where the task's page says that it stands. */
export const stage = (page) => page.locator('[data-live="task-state"] .badge');
/** Where the run's page says that it stands. */
export const runState = (page) => page.locator('[data-live="run-state"] .badge');
/** The lines of the live log. */
export const log = (page) => page.locator(".log-view .log-pane");
