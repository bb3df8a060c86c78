// A person is let in, given another role while their page is open, and shown out.

import { expect, expectStatus, live, send, test } from "../support/page.mjs";
import { enter, people } from "../support/team.mjs";

const NEW = { name: "Noor Haddad", email: "noor@pace.example", password: "a password of Noor's own" };

/** Makes a link on the page of members; gives its address. */
async function invite(page, role) {
  await page.goto("/settings/members");
  await page.locator("#invite").getByLabel("Role", { exact: true }).selectOption(role);
  await send(page, page.getByRole("button", { name: "Create link" }), 200);
  await expect(page.getByText("The invitation is ready")).toBeVisible();
  return page.locator("#invite").getByLabel("Link").inputValue();
}

/** Follows a link as somebody new. */
async function join(page, link) {
  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("You are invited");
  const form = page.locator("form", { has: page.getByRole("button", { name: "Create account and join" }) });
  await form.getByLabel("Your name").fill(NEW.name);
  await form.getByLabel("Email address").fill(NEW.email);
  await form.getByLabel("Password").fill(NEW.password);
  await send(page, page.getByRole("button", { name: "Create account and join" }));
  await expect(page.getByRole("heading", { level: 1, name: "My work" })).toBeVisible();
}

test("somebody is invited, joins, gets another role on their open page, and is removed", async ({
  page,
  other,
  complaints,
}) => {
  await enter(page, people.owner);
  const link = await invite(page, "viewer");
  await join(other, link);

  // A link lets one person in.
  await other.context().clearCookies();
  await other.goto(link);
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("This link doesn't let anybody in");
  expectStatus(complaints, 404);
  await other.goto("/sign-in");
  await other.getByLabel("Email address").fill(NEW.email);
  await other.getByLabel("Password").fill(NEW.password);
  await send(other, other.getByRole("button", { name: "Sign in" }));

  // Their page is open while their role changes.
  await other.goto("/tasks/PACE-4");
  await live(other);
  const start = other.getByRole("button", { name: "Start", exact: true });
  await expect(start).toBeDisabled();
  await page.goto("/settings/members");
  await page.getByLabel(`Role of ${NEW.name}`, { exact: true }).selectOption("member");
  await send(page, page.getByRole("button", { name: `Change role of ${NEW.name}` }));
  await expect(start).toBeEnabled();

  // They are shown out: the socket closes, and the next click is refused kindly.
  await page.goto("/settings/members");
  await send(page, page.getByRole("button", { name: `Remove ${NEW.name}` }));
  await expect(other.locator(".live-badge")).not.toHaveAttribute("data-state", "live");
  await other.goto("/projects/PACE");
  await expect(other).toHaveURL(/\/sign-in/);
  complaints.splice(0);
});

test("an invitation that was taken back lets nobody in", async ({ page, other, complaints }) => {
  await enter(page, people.owner);
  const link = await invite(page, "member");
  await page.goto("/settings/members");
  await send(page, page.getByRole("button", { name: /^Revoke the invitation/ }).first());
  await other.goto(link);
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("This link doesn't let anybody in");
  expectStatus(complaints, 404);
});
