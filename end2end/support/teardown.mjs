// Removes what the server of this run kept.

import { rmSync } from "node:fs";

export default function removeState() {
  rmSync(process.env.MONOTASK_E2E_STATE, { recursive: true, force: true });
}
