// The shell around every page: what is found, what isn't, and what a form may hold.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { noteFigures, startWorker } from "../support/worker.mjs";

let worker;
before(async () => {
  worker = await startWorker();
});
after(() => worker.close());

/** How many server functions there must be. Change it with the code, on purpose. */
const SERVER_FUNCTIONS = 1;

describe("addresses", () => {
  it("a missing page is a page: what happened, what to do, the request id", async () => {
    const answer = await worker.fetch("/there/is/nothing", { headers: { accept: "text/html" } });
    const text = await answer.text();
    assert.equal(answer.status, 404);
    assert.match(answer.headers.get("content-type"), /^text\/html/);
    assert.match(text, /There is nothing here/);
    assert.ok(text.includes(answer.headers.get("x-request-id")));
  });

  it("a program gets problem details", async () => {
    const answer = await worker.fetch("/api/nothing");
    assert.equal(answer.status, 404);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    const problem = await answer.json();
    assert.equal(problem.code, "not_found");
    assert.equal(problem.status, 404);
    assert.equal(problem.request_id, answer.headers.get("x-request-id"));
  });

  it("a form's address can't be read, and a page that is only read takes no form", async () => {
    const read = await worker.fetch("/preferences/theme");
    assert.equal(read.status, 405);
    assert.match(read.headers.get("allow"), /POST/);
    await read.body?.cancel();
    const posted = await worker.submit("/health", {});
    assert.equal(posted.status, 405);
    await posted.body?.cancel();
  });

  for (const path of ["//elsewhere", "/%00", "/%ff", "/a%0d%0ab", "/[x]", "/" + "a".repeat(5000)]) {
    it(`odd: ${path.slice(0, 20)} is missing, not broken`, async () => {
      const answer = await worker.fetch(worker.origin + path);
      assert.equal(answer.status, 404);
      await answer.body?.cancel();
    });
  }

  it("odd headers and cookies change nothing", async () => {
    for (const cookie of ["theme=dark; theme=x", "=;=;;", "theme=\u00ff", "a".repeat(8000)]) {
      const answer = await worker.fetch("/health", { headers: { cookie } });
      assert.equal(answer.status, 200);
      await answer.body?.cancel();
    }
  });
});

describe("server functions", () => {
  it("are all registered, and no more", async () => {
    const health = await (await worker.fetch("/health")).json();
    assert.equal(health.server_functions, SERVER_FUNCTIONS);
    noteFigures("server_functions", [
      {
        name: "registered server functions (exactly)",
        value: health.server_functions,
        limit: SERVER_FUNCTIONS,
        unit: "",
      },
    ]);
  });

  it("a browser's report reaches the log, bounded", async () => {
    worker.server.clearLogs();
    const answer = await worker.submit("/fn/report_browser_error", {
      message: "x".repeat(5_000),
      page: "/tasks",
    });
    assert.equal(answer.status, 200);
    await answer.text();
    const lines = worker.server.getLogs().map((log) => String(log.message));
    const line = lines.find((text) => text.includes("browser_error"));
    assert.equal(JSON.parse(line).fields.message.length, 1_000);
    assert.equal(JSON.parse(line).fields.page, "/tasks");
  });

  it("arguments that aren't what it takes are refused as the caller's fault (case 41)", async () => {
    const deep = `message${"[a]".repeat(10_000)}=1&page=2`;
    for (const body of ["", "message=1", "%", "[]", "message[0]=1&page=2", "page=1&page=2", deep]) {
      const answer = await worker.fetch("/fn/report_browser_error", {
        method: "POST",
        headers: {
          origin: worker.origin,
          "content-type": "application/x-www-form-urlencoded",
          referer: "https://elsewhere.example/\u00ff",
          accept: "text/html",
        },
        body,
      });
      assert.equal(answer.status, 400, body.slice(0, 40));
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
      assert.equal(answer.headers.get("location"), null, "never sent elsewhere");
      assert.equal((await answer.json()).code, "bad_request");
    }
  });

  it("a body of another kind isn't even read (case 63)", async () => {
    for (const kind of ["text/plain", "application/json", "multipart/form-data; boundary=x"]) {
      const answer = await worker.fetch("/fn/report_browser_error", {
        method: "POST",
        headers: { origin: worker.origin, "content-type": kind },
        body: "message=1&page=2",
      });
      assert.equal(answer.status, 415, kind);
      await answer.body?.cancel();
    }
  });

  it("one network may report so much a minute, and says when to come back", async () => {
    const report = async (network) => {
      const fields = { message: "again", page: "/" };
      const answer = await worker.submit("/fn/report_browser_error", fields, {
        "cf-connecting-ip": network,
      });
      await answer.body?.cancel();
      return answer;
    };
    const answers = await Promise.all(Array.from({ length: 620 }, () => report("192.0.2.7")));
    const refused = answers.filter((answer) => answer.status === 429);
    assert.equal(refused.length, 20);
    for (const answer of refused) assert.equal(answer.headers.get("retry-after"), "60");
    assert.equal((await report("192.0.2.8")).status, 200);
  });
});

describe("forms", () => {
  it("keep the theme and return to the page they were on", async () => {
    const answer = await worker.submit("/preferences/theme", { theme: "dark", back: "/a?b=1" });
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get("location"), "/a?b=1");
    const cookie = answer.headers.get("set-cookie");
    assert.match(cookie, /^theme=dark; Path=\/; Max-Age=31536000; SameSite=Lax/);
    const page = await worker.fetch("/nothing", { headers: { cookie: "theme=dark" } });
    assert.match(await page.text(), /<html lang="en" data-theme="dark"/);
  });

  it("lead nowhere else", async () => {
    for (const back of ["https://elsewhere.example", "//elsewhere.example", "/a\r\nx: y", "/\\x"]) {
      const answer = await worker.submit("/preferences/theme", { theme: "dark", back });
      assert.equal(answer.headers.get("location"), "/");
    }
  });

  it("that hold something else are refused", async () => {
    for (const fields of [{}, { theme: "purple" }, { theme: "" }]) {
      const answer = await worker.submit("/preferences/theme", fields);
      assert.equal(answer.status, 400);
      await answer.body?.cancel();
    }
  });

  it("that are too large are refused, whether they say their size or not", async () => {
    const large = "theme=dark&x=" + "x".repeat(1200 * 1024);
    const headers = {
      origin: worker.origin,
      "content-type": "application/x-www-form-urlencoded",
    };
    const stream = () => new Blob([large]).stream();
    for (const body of [large, stream()]) {
      const answer = await worker.fetch("/preferences/theme", {
        method: "POST",
        headers,
        body,
        duplex: "half",
      });
      assert.equal(answer.status, 413);
      await answer.body?.cancel();
    }
  });
});

describe("files", () => {
  it("are served under the build's hash, to keep for good, without the Worker", async () => {
    const { assets } = await (await worker.fetch("/health")).json();
    assert.match(assets, /^\/assets-[0-9a-f]{12}$/);
    worker.server.clearLogs();
    for (const name of ["loader.js", "app.js", "app_bg.wasm", "main.css"]) {
      const answer = await worker.fetch(`${assets}/${name}`);
      assert.equal(answer.status, 200, name);
      assert.match(answer.headers.get("cache-control"), /max-age=31536000, immutable/);
      assert.equal(answer.headers.get("x-request-id"), null);
      await answer.body?.cancel();
    }
    const lines = worker.server.getLogs().map((log) => String(log.message));
    assert.ok(!lines.some((text) => text.includes("/assets-")));
  });
});
