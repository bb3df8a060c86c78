// The entry of a Pages preview: the same module, requests only. Pages has no queue consumers, no cron
// and no Durable Object classes of its own; it reaches the preview Worker's by `script_name`.

import Module from "../build/index.js";
import { answer } from "./guard.js";

export default {
  fetch(request, env, context) {
    return answer(request, env, () => new Module(context, env).fetch(request));
  },
};
