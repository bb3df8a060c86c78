// What stands between the platform and the module. With `panic = "abort"` one panic kills the whole
// instance: every call it was working on would hang until the platform gives up on it. So each call is
// registered here, and at the moment of a trap all of them are answered. Nothing is tried again: the
// call that trapped would trap again, and nobody knows which of the others had already taken effect.

const calls = new Set();

export class InstanceDied extends Error {}

/** A trap, or a stack that ran out: either way the instance is beyond use. */
function isFatal(error) {
  return (
    error instanceof WebAssembly.RuntimeError ||
    (error instanceof RangeError && /call stack/i.test(error.message))
  );
}

function failEverything(error) {
  const failed = [...calls];
  calls.clear();
  if (failed.length > 0) {
    // The stack tells the module's functions by number: `cargo xtask stack` names them.
    const stack = String(error.stack).slice(0, 8_000);
    const line = { event: "trap", level: "error", calls_failed: failed.length, stack };
    console.error(JSON.stringify(line));
  }
  for (const fail of failed) fail(new InstanceDied("the instance died"));
}

// A trap in work that the module resumed by itself shows up here, after the module's own listener has
// marked the instance for replacement.
addEventListener("error", (event) => {
  if (isFatal(event.error)) failEverything(event.error);
});
addEventListener("unhandledrejection", (event) => {
  if (isFatal(event.reason)) failEverything(event.reason);
});

// The platform tells nobody of an error in a timer's callback, and the module resumes its work from
// timers too. From a microtask the same error reaches every listener, the module's own among them.
const startTimer = globalThis.setTimeout;
globalThis.setTimeout = (callback, delay, ...values) =>
  startTimer(() => {
    try {
      callback(...values);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }, delay);

/** Runs a call into the module. Rejects at the moment of a trap, whoever caused it. */
export function guard(run) {
  return new Promise((resolve, reject) => {
    const settle = (how) => (value) => {
      calls.delete(reject);
      how(value);
    };
    const failed = (error) => {
      if (isFatal(error)) failEverything(error);
      settle(reject)(error);
    };
    calls.add(reject);
    try {
      Promise.resolve(run()).then(settle(resolve), failed);
    } catch (error) {
      failed(error);
    }
  });
}

/** The same answer, with a body that breaks off at a trap instead of never ending. */
export function guardBody(response) {
  if (!response.body || response.webSocket) return response;
  const length = Number(response.headers.get("content-length"));
  const { readable, writable } = length > 0 ? new FixedLengthStream(length) : new TransformStream();
  const abort = new AbortController();
  const fail = (error) => abort.abort(error);
  calls.add(fail);
  response.body
    .pipeTo(writable, { signal: abort.signal })
    .catch(() => {}) // The reader sees the error; there is no one else to tell.
    .finally(() => calls.delete(fail));
  return new Response(readable, response);
}

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>One moment, please · MonoTask</title>
<h1>One moment, please</h1>
<p>A part of MonoTask has to start again. Try again in a few seconds; what you typed may have been kept,
so look before you send it a second time.</p><p>Request <code>ID</code></p></html>`;

/** What every answer carries, as `server/src/security.rs` writes it. */
const EVERYWHERE = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy":
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
const STAY_WITH_TLS = { "strict-transport-security": "max-age=31536000; includeSubDomains" };

/** Whether this site is reached over TLS, by the name that it has if it has one. */
function isSecure(url, env) {
  return String(env?.PUBLIC_ORIGIN || url).trim().toLowerCase().startsWith("https://");
}

/** The answer to a request whose instance died: who asked may come again, and sees what happened. */
export function unavailable(request, error, env) {
  const id = crypto.randomUUID().replaceAll("-", "");
  const { pathname } = new URL(request.url);
  console.error(
    JSON.stringify({
      event: "request",
      level: "error",
      request_id: id,
      method: request.method,
      // As server/src/rules/secret_paths.rs: what follows opens something.
      path: pathname.replace(/^\/(join|reset)\/.*/, "/$1/…"),
      status: 503,
      cause: String(error),
    }),
  );
  const page = (request.headers.get("accept") ?? "").includes("text/html");
  const body = page
    ? PAGE.replace("ID", id)
    : JSON.stringify({
        type: "about:blank",
        title: "One moment, please",
        status: 503,
        detail: "Try again in a few seconds.",
        code: "unavailable",
        request_id: id,
      });
  return new Response(body, {
    status: 503,
    headers: {
      ...EVERYWHERE,
      ...(isSecure(request.url, env) ? STAY_WITH_TLS : {}),
      "content-type": page ? "text/html; charset=utf-8" : "application/problem+json",
      "retry-after": "1",
      "x-request-id": id,
    },
  });
}

/** Answers a request through the module. */
export async function answer(request, env, run) {
  try {
    const response = await guard(run);
    if (response.status !== 101 && !response.headers.has("x-request-id")) {
      // The binding layer's own plain answer, from before our code ran or after it was done.
      return unavailable(request, "the request or the response could not be converted", env);
    }
    return guardBody(response);
  } catch (error) {
    return unavailable(request, error, env);
  }
}
