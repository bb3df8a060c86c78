// What a person sets for themselves: keys for programs, signed-in browsers.

import { expect, send, test } from "../support/page.mjs";
import { enter, people } from "../support/team.mjs";

test("a key is shown once, opens the API to a program, and is revoked", async ({ page, baseURL }) => {
  await enter(page, people.admin);
  await page.goto("/settings/keys");
  await page.getByLabel("Name", { exact: true }).fill("Nightly report");
  await send(page, page.getByRole("button", { name: "Make key" }), 200);
  const secret = (await page.locator("main").innerHTML()).match(/mt_[0-9A-Za-z]{38}/)?.[0];
  expect(secret, "the key is shown").toBeTruthy();

  const ask = (path, init = {}) =>
    fetch(`${baseURL}/api/v1${path}`, {
      ...init,
      headers: { authorization: `Bearer ${secret}`, ...init.headers },
    });
  expect((await ask("/me")).status).toBe(200);
  const create = await ask("/projects", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key: "NIGHT", name: "Night" }),
  });
  expect(create.status).toBe(403);
  expect((await create.json()).missing_scope).toBe("projects:write");
  const token = await ask("/tokens", { method: "POST" });
  expect(token.status).toBe(200);
  const { access_token: access } = await token.json();
  const byToken = () =>
    fetch(`${baseURL}/api/v1/me`, { headers: { authorization: `Bearer ${access}` } });
  expect((await byToken()).status).toBe(200);

  await page.goto("/settings/keys");
  expect(await page.content()).not.toContain(secret);
  await send(page, page.getByRole("button", { name: /^Revoke/ }).first());
  expect((await ask("/me")).status, "at the next request").toBe(401);
  expect((await byToken()).status, "and so is what was exchanged for it").toBe(401);
});

test("other browsers are signed out", async ({ page, other, complaints }) => {
  await enter(page, people.member);
  await enter(other, people.member);
  await other.context().clearCookies();
  await other.goto("/sign-in");
  await other.getByLabel("Email address").fill(people.member.email);
  await other.getByLabel("Password").fill("durations-in-words");
  await send(other, other.getByRole("button", { name: "Sign in" }));
  await page.goto("/settings/sessions");
  await send(page, page.getByRole("button", { name: "Sign out all others" }));
  await other.goto("/projects/PACE");
  await expect(other).toHaveURL(/\/sign-in/);
  // Its socket may have been refused before the page was left.
  complaints.splice(0);
  await page.goto("/settings/sessions");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sessions");
});
