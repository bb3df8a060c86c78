// A project with tasks, made by a team through the product's own forms.

import { sourceForm, tarOf } from "./archive.mjs";
import { formKey, seenOf } from "./visitor.mjs";
import { until } from "./worker.mjs";

/** A task's form, as typed. */
export const draft = (more = {}) => ({
  action: "create",
  idempotency_key: formKey(),
  title: "A task",
  description: "Because.",
  priority: "medium",
  labels: "bug",
  agent: "",
  steps: "true",
  artifacts: "",
  stage: "ready",
  ...more,
});

/** Sends a form that must be taken; gives where it leads. */
export async function done(sending) {
  const answer = await sending;
  if (answer.status !== 303) throw new Error(`${answer.status}: ${answer.text.slice(0, 3_000)}`);
  return answer;
}

/** A project with a source and a gate, and what its tests need to know. */
export async function makeProject(worker, team, key) {
  const { owner } = team;
  const settings = `/projects/${key}/settings`;
  const newTask = `/projects/${key}/new`;
  await done(owner.send("/projects/new", { action: "create", name: `Project ${key}`, key }));
  const headers = { origin: worker.origin, "sec-fetch-site": "same-origin", cookie: owner.cookie };
  const seen = async (path = settings) => seenOf((await owner.see(path)).text);
  const form = await sourceForm({ bytes: tarOf("a.txt", key), seen: await seen() });
  const uploaded = await worker.fetch(settings, {
    method: "POST",
    headers: { ...headers, ...form.headers },
    body: form.body,
  });
  if (uploaded.status !== 303) throw new Error(`${uploaded.status}: ${await uploaded.text()}`);
  const gate = { action: "edit_gate", commands: "true", reports: "", approval: "on" };
  const gated = await done(owner.send(settings, { ...gate, seen: await seen() }));
  const page = (await owner.see(newTask)).text;
  const agent = /<option value="(agt_[0-9a-z]+)"/.exec(page)[1];
  const write = async (more) =>
    (await done(owner.send(newTask, draft({ agent, ...more })))).location.replace("/tasks/", "");
  return {
    ...{ key, settings, newTask, agent, gate, seen, write, uploaded, gated },
    /** Starts a task and gives its run's id, once the run is in a sandbox. */
    start: async (task) => {
      const path = `/tasks/${task}`;
      await done(owner.send(path, { action: "start", seen: await seen(path) }));
      const ran = await until(
        ({ text }) => /\/sandboxes\/sbx_/.test(text),
        async () => owner.see(await runAddress(owner, path)),
        20_000,
      );
      const [, run] = /\/runs\/(run_[0-9a-z]+)/.exec(ran.text);
      const [, sandbox] = /\/sandboxes\/(sbx_[0-9a-z]+)/.exec(ran.text);
      return { run, sandbox };
    },
  };
}

async function runAddress(owner, task) {
  const { text } = await owner.see(task);
  return /\/runs\/run_[0-9a-z]+/.exec(text)?.[0] ?? task;
}
