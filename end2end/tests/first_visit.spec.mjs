// The first visit, before anybody is there. The other specs follow it, in the demonstration.

import { expectAccessible } from "../support/accessible.mjs";
import { expect, expectStatus, send, test } from "../support/page.mjs";
import { plant } from "../support/team.mjs";

test("the first visit explains itself and keeps what was typed", async ({ page, complaints }) => {
  await page.goto("/");
  await expect(page).toHaveURL("/setup");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Set up MonoTask");
  await page.getByLabel("Workspace").fill("Pace makers");
  await page.getByLabel("Your name").fill("Ada Moreau");
  await page.getByLabel("Email address").fill("ada@pace.example");
  await page.getByLabel("Password").fill("short");
  await send(page, page.getByRole("button", { name: "Create workspace" }), 422);
  expectStatus(complaints, 422);
  await expect(page.getByLabel("Email address")).toHaveValue("ada@pace.example");
  await expect(page.getByLabel("Password")).toHaveValue("");
  await expect(page.getByLabel("Password")).toHaveAccessibleDescription(/at least 12 characters/i);
  await expectAccessible(page, "setup");
});

test("the demonstration is planted", async ({ request }) => {
  test.setTimeout(90_000);
  await plant(request);
});
