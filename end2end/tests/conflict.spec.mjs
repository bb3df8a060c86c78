// Two people at one thing: nobody's words are lost, and nobody's are overwritten unseen.

import { expect, expectStatus, live, send, test } from "../support/page.mjs";
import { enter, people, readyToReview, stage } from "../support/team.mjs";

const description = (page) => page.getByRole("textbox", { name: "Description" });
const title = (page) => page.getByRole("textbox", { name: "Title" });
const save = (page) => page.getByRole("button", { name: "Save changes" });

test("two edits of one task: what was typed is kept beside what is there now", async ({
  page,
  other,
  complaints,
}) => {
  await enter(page, people.owner);
  await enter(other, people.admin);
  await page.goto("/tasks/PACE-6/edit");
  await live(page);
  await description(page).fill("Measure first, then decide.");
  await other.goto("/tasks/PACE-6/edit");
  await title(other).fill("Measure ten thousand calls");
  await send(other, save(other));

  await expect(page.locator("[data-live-note]")).toContainText("What you typed stays");
  await expect(description(page)).toHaveValue("Measure first, then decide.");
  await send(page, save(page), 409);
  expectStatus(complaints, 409);
  await expect(page.getByRole("alert")).toContainText("Someone changed this first");
  await expect(description(page)).toHaveValue("Measure first, then decide.");
  await expect(page.getByRole("main")).toContainText("Ben Okafor changed it just now.");
  await expect(page.getByRole("note")).toContainText("Measure ten thousand calls");
  await title(page).fill("Measure ten thousand calls");
  await send(page, save(page));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Measure ten thousand calls");
  await expect(page.locator("#description")).toContainText("Measure first, then decide.");
});

test("a reason that came too late is given back", async ({ page, other, complaints }) => {
  test.setTimeout(90_000);
  await enter(page, people.owner);
  await enter(other, people.admin);
  const address = await readyToReview(page);
  await live(page);
  await page.locator("#decision summary").click();
  await page.getByLabel("What has to change").fill("Say minutes, too.");
  await other.goto(address);
  await send(other, other.getByRole("button", { name: "Approve" }));

  await expect(stage(page)).toHaveText("Done");
  await expect(page.getByLabel("What has to change")).toHaveValue("Say minutes, too.");
  const form = page.locator("#decision form").filter({ hasText: "What has to change" });
  await send(page, form.getByRole("button", { name: "Send back" }), 409);
  expectStatus(complaints, 409);
  await expect(page.getByRole("alert")).toContainText("It wasn't sent back");
  await expect(page.locator("#decision")).toContainText("Say minutes, too.");
  await expect(stage(page)).toHaveText("Done");
});
