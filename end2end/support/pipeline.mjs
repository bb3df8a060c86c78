// Runs, made and watched through the hooks that only tests may call.

import {
  FIXING_STEP,
  REPORT_PATTERN,
  TEST_COMMAND,
  sampleBundle,
} from "./sample_repository.mjs";
import { until } from "./worker.mjs";

const ENDED = ["succeeded", "failed", "cancelled", "timed_out", "lost"];
const sample = sampleBundle().toString("hex");

/** The hooks of a Worker, each answering its JSON. */
export function pipeline(worker) {
  async function ask(hook, input = {}) {
    const answer = await worker.hook(`pipeline/${hook}`, { body: JSON.stringify(input) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${hook}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }
  const state = (run) => ask("state", { run });
  return {
    ask,
    state,
    /** A workspace with a project, and so many runs of a task with these steps. */
    seed: (input = {}) =>
      ask("seed", {
        source: sample,
        steps: FIXING_STEP,
        commands: TEST_COMMAND,
        reports: REPORT_PATTERN,
        ...input,
      }),
    ended: (run, milliseconds = 30_000) =>
      until((now) => ENDED.includes(now.stored.state), () => state(run), milliseconds),
    reaches: (run, name, milliseconds = 20_000) =>
      until((now) => now.stored.state === name, () => state(run), milliseconds),
    /** Every line of a run's log. */
    lines: async (run) => {
      const all = [];
      for (let after = 0; ; ) {
        const page = await ask("log", { run, after });
        all.push(...page.lines);
        if (page.lines.length === 0) return all;
        after = page.next;
      }
    },
    /** What is wrong with the whole database; nothing, if all is well. */
    integrity: () => ask("integrity"),
  };
}
