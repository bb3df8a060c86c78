// A person is let in, given another role while their page is open, and shown out; another one forgets
// their password.

import { expect, expectStatus, listen, live, send, test } from "../support/page.mjs";
import { enter, people } from "../support/team.mjs";

const FORGETS = { name: "Ines Roth", email: "ines@pace.example", password: "what Ines will forget" };
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
async function join(page, link, person = NEW) {
  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("You are invited");
  const form = page.locator("form", { has: page.getByRole("button", { name: "Create account and join" }) });
  await form.getByLabel("Your name").fill(person.name);
  await form.getByLabel("Email address").fill(person.email);
  await form.getByLabel("Password").fill(person.password);
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

test("an invitation whose form was sent twice gets its link anew", async ({ page, other, complaints }) => {
  await enter(page, people.owner);
  const lost = await invite(page, "viewer");
  // The browser sends the same form once more: nothing is told twice.
  await page.reload();
  await expect(page.getByText("The invitation was made already")).toBeVisible();
  await send(page, page.getByRole("button", { name: "Create a new link for it" }), 200);
  const link = await page.locator("#invite").getByLabel("Link").inputValue();
  expect(link).not.toBe(lost);
  await other.goto(lost);
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("This link doesn't let anybody in");
  expectStatus(complaints, 404);
  await other.goto(link);
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("You are invited");
  await page.goto("/settings/members");
  await send(page, page.getByRole("button", { name: /^Revoke the invitation/ }).first());
});

test("somebody who forgot their password gets a new one by a link that works once", async ({
  page,
  other,
  browser,
  baseURL,
  complaints,
}) => {
  await enter(page, people.admin);
  await join(other, await invite(page, "member"), FORGETS);
  await other.goto("/projects/PACE");
  await live(other);

  await page.goto("/settings/members");
  const offer = page.getByRole("button", { name: `Offer a reset link to ${FORGETS.name}` });
  // An admin hands nothing out that opens an owner's account.
  await expect(page.getByRole("button", { name: `Offer a reset link to ${people.owner.name}` })).toBeDisabled();
  await send(page, offer, 200);
  await expect(page.getByText(`A new password for ${FORGETS.name}`)).toBeVisible();
  const link = await page.getByLabel("Link", { exact: true }).inputValue();
  await page.goto("/settings/members");
  expect(await page.content(), "it is shown once").not.toContain(link);

  const context = await browser.newContext({ baseURL });
  const third = await context.newPage();
  listen(third, complaints);
  await third.goto(link);
  await expect(third.getByText(`This link is for ${FORGETS.name}`)).toBeVisible();
  await expect(third.getByLabel("Email address")).toHaveValue(FORGETS.email);
  await third.getByLabel("New password").fill("short");
  await send(third, third.getByRole("button", { name: "Set password" }), 422);
  expectStatus(complaints, 422);
  await expect(third.getByLabel("New password")).toBeFocused();
  await third.getByLabel("New password").fill("what Ines will remember");
  await send(third, third.getByRole("button", { name: "Set password" }));
  await expect(third.getByText("Your password was changed")).toBeVisible();

  // Whoever was signed in as them is out: the socket closes, and the next page asks to sign in.
  await expect(other.locator(".live-badge")).not.toHaveAttribute("data-state", "live");
  await other.goto("/projects/PACE");
  await expect(other).toHaveURL(/\/sign-in/);
  complaints.splice(0);

  await third.goto(link);
  await expect(third.getByRole("heading", { level: 1 })).toHaveText("This link was used already");
  expectStatus(complaints, 410);
  await third.goto("/sign-in");
  await third.getByLabel("Email address").fill(FORGETS.email);
  await third.getByLabel("Password").fill("what Ines will remember");
  await send(third, third.getByRole("button", { name: "Sign in" }));
  await expect(third.getByRole("heading", { level: 1, name: "My work" })).toBeVisible();
  await context.close();

  await page.goto("/settings/members");
  await send(page, page.getByRole("button", { name: `Remove ${FORGETS.name}` }));
});
