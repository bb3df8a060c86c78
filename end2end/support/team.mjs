// People of the demonstration workspace, for specs that need more than one.

import { expect } from "@playwright/test";

/** Everybody's password there. */
const PASSWORD = "durations-in-words";

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
  });
  expect(answer.status(), await answer.text()).toBe(200);
}

/** Signs a person in through the form. */
export async function signIn(page, person) {
  await page.goto("/sign-in");
  await page.getByLabel("Email address").fill(person.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "My work" })).toBeVisible();
}

/** Creates a project with a source and a gate of every kind; the page ends on its settings. */
export async function createProject(page, { key, name, source, command, reports }) {
  await page.goto("/projects/new");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Key").fill(key);
  await page.getByRole("button", { name: "Create project" }).click();
  await page.goto(`/projects/${key}/settings`);
  await page.getByLabel("Archive").setInputFiles(source);
  await page.getByRole("button", { name: "Upload source" }).click();
  await expect(page.getByText(source.name).first()).toBeVisible();
  await page.getByLabel("Commands that must succeed").fill(command);
  await page.getByLabel("Test reports without failures").fill(reports);
  await page.getByLabel("A person approves").check();
  await page.getByRole("button", { name: "Save gate" }).click();
  await expect(page.getByLabel("Commands that must succeed")).toHaveValue(command);
}

/** Writes a task that is ready to start; the page ends on it. */
export async function createTask(page, { project, title, steps, artifacts = "" }) {
  await page.goto(`/projects/${project}/new`);
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Description").fill("`greet.sh` says **Helo**.");
  await page.getByLabel("Agent").selectOption({ label: "Script" });
  await page.getByLabel("Steps").fill(steps);
  await page.getByLabel("Files to keep").fill(artifacts);
  await page.getByLabel("Ready: it may be started").check();
  await page.getByRole("button", { name: "Create task" }).click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
}
