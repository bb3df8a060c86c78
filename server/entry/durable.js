// The Durable Object classes that the platform sees. Each hands its calls to the module's own class,
// and answers for it when the instance dies.

import { DurableObject } from "cloudflare:workers";
import { guard, unavailable } from "./guard.js";

/** Close code for "try again later": the browser reconnects and resumes from its cursor. */
const TRY_AGAIN_LATER = 1013;

export function guarded(Inner) {
  return class extends DurableObject {
    constructor(state, env) {
      super(state, env);
      this.inner = new Inner(state, env);
    }

    async fetch(request) {
      try {
        return await guard(() => this.inner.fetch(request));
      } catch (error) {
        return unavailable(request, error);
      }
    }

    // The platform calls an alarm again when it fails, later each time. It was not lost.
    async alarm() {
      await guard(() => this.inner.alarm());
    }

    async webSocketMessage(socket, message) {
      try {
        await guard(() => this.inner.webSocketMessage(socket, message));
      } catch (error) {
        report("webSocketMessage", error);
        socket.close(TRY_AGAIN_LATER, "restarting");
      }
    }

    async webSocketClose(socket, code, reason, wasClean) {
      try {
        await guard(() => this.inner.webSocketClose(socket, code, reason, wasClean));
      } catch (error) {
        report("webSocketClose", error);
      }
    }

    async webSocketError(socket, error) {
      try {
        await guard(() => this.inner.webSocketError(socket, error));
      } catch (failure) {
        report("webSocketError", failure);
      }
    }
  };
}

function report(handler, error) {
  console.error(
    JSON.stringify({ event: "durable_object", level: "error", handler, cause: String(error) }),
  );
}
