// The Worker's entry: the module behind its guard.

import Module, {
  QueueManager as RustQueueManager,
  RateLimiter as RustRateLimiter,
  SandboxLifecycle as RustSandboxLifecycle,
  TaskCoordinator as RustTaskCoordinator,
  WebSocketRoom as RustWebSocketRoom,
} from "../build/index.js";
import { guarded } from "./durable.js";
import { answer, guard } from "./guard.js";
import { deliverBatch } from "./queue.js";

export default {
  fetch(request, env, context) {
    return answer(request, env, () => new Module(context, env).fetch(request));
  },

  queue(batch, env, context) {
    return deliverBatch(batch, (part) => new Module(context, env).queue(part));
  },

  async scheduled(event, env, context) {
    try {
      await guard(() => new Module(context, env).scheduled(event));
    } catch (error) {
      // The next sweep does what this one didn't.
      console.error(JSON.stringify({ event: "scheduled", level: "error", cause: String(error) }));
    }
  },
};

export class QueueManager extends guarded(RustQueueManager) {}
export class RateLimiter extends guarded(RustRateLimiter) {}
export class SandboxLifecycle extends guarded(RustSandboxLifecycle) {}
export class TaskCoordinator extends guarded(RustTaskCoordinator) {}
export class WebSocketRoom extends guarded(RustWebSocketRoom) {}
