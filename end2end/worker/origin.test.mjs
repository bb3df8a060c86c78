// No page of another site may change anything here.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { secret, startWorker } from "../support/worker.mjs";

let worker;
before(async () => {
  worker = await startWorker();
});
after(() => worker.close());

const FOREIGN = [
  { origin: "https://elsewhere.example", "sec-fetch-site": "cross-site" },
  { origin: "https://elsewhere.example" },
  { origin: "null" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "none" },
  {},
];

async function post(path, headers, body = new URLSearchParams({ theme: "dark" })) {
  const answer = await worker.fetch(path, { method: "POST", headers, body });
  const text = await answer.text();
  return { answer, text };
}

describe("a request that changes state", () => {
  it("is taken from our own pages", async () => {
    const { answer } = await post("/preferences/theme", { origin: worker.origin });
    assert.equal(answer.status, 303);
    const { answer: other } = await post("/preferences/theme", { "sec-fetch-site": "same-origin" });
    assert.equal(other.status, 303);
  });

  for (const headers of FOREIGN) {
    it(`is refused with ${JSON.stringify(headers)}`, async () => {
      const { answer, text } = await post("/preferences/theme", {
        ...headers,
        accept: "text/html",
      });
      assert.equal(answer.status, 403);
      assert.equal(answer.headers.get("set-cookie"), null);
      assert.match(text, /came from somewhere else/);
    });
  }

  for (const method of ["PUT", "PATCH", "DELETE"]) {
    it(`is refused as ${method} from elsewhere`, async () => {
      const answer = await worker.fetch("/", {
        method,
        headers: { origin: "https://elsewhere.example" },
      });
      assert.equal(answer.status, 403);
      await answer.body?.cancel();
    });
  }

  it("is refused as a web socket from elsewhere", async () => {
    for (const headers of [{ origin: "https://elsewhere.example" }, {}]) {
      const answer = await worker.fetch("/live", { headers: { ...headers, upgrade: "websocket" } });
      assert.equal(answer.status, 403);
      await answer.body?.cancel();
    }
  });

  it("is refused with a bearer token outside of the API", async () => {
    const { answer } = await post("/preferences/theme", { authorization: "Bearer mt_x" });
    assert.equal(answer.status, 403);
    const api = await worker.fetch("/api/nothing", {
      method: "POST",
      headers: { authorization: "Bearer mt_x" },
    });
    assert.equal(api.status, 404, "a program gets as far as the router");
    await api.body?.cancel();
  });

  it("is refused when a public origin is set and the request has only the local one", async () => {
    // As it is written by hand, with a slash at its end.
    const deployed = await startWorker({ vars: { PUBLIC_ORIGIN: "https://MonoTask.example/" } });
    try {
      const local = await deployed.submit("/preferences/theme", { theme: "dark" });
      assert.equal(local.status, 403);
      await local.body?.cancel();
      const own = await deployed.submit(
        "/preferences/theme",
        { theme: "dark" },
        { origin: "https://monotask.example" },
      );
      assert.equal(own.status, 303);
      assert.match(own.headers.get("set-cookie"), /; Secure/);
    } finally {
      await deployed.close();
    }
  });
});

describe("a test's hook", () => {
  it("needs its secret even from our own origin", async () => {
    const { answer } = await post("/__test/server-functions", { origin: worker.origin });
    assert.equal(answer.status, 404);
    const { answer: wrong } = await post("/__test/server-functions", {
      "x-test-secret": `${secret}x`,
    });
    assert.equal(wrong.status, 404);
  });
});
