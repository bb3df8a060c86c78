-- Sandboxes that no run uses, and their commands.
-- The table is made anew: SQLite can't take a NOT NULL back. Nothing references it.

CREATE TABLE sandboxes_new (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  project_id TEXT NOT NULL REFERENCES projects (id),
  -- Of a run's: its task and itself.
  task_id TEXT REFERENCES tasks (id),
  run_id TEXT UNIQUE REFERENCES runs (id),
  -- Of one that no run uses: who asked for it, why, what is unpacked in it, when it ends by itself.
  created_by TEXT REFERENCES users (id),
  note TEXT,
  source TEXT CHECK (source IS NULL OR json_valid(source)),
  expires_at INTEGER,
  executions INTEGER NOT NULL DEFAULT 0 CHECK (executions >= 0),
  executing TEXT,
  spec TEXT NOT NULL CHECK (json_valid(spec)),
  state TEXT NOT NULL CHECK (json_valid(state)),
  state_name TEXT NOT NULL GENERATED ALWAYS AS (json_extract(state, '$.state')) VIRTUAL
    CHECK (state_name IN ('provisioning', 'ready', 'busy', 'stopping', 'stopped', 'failed')),
  -- 1 while it still costs something.
  alive INTEGER NOT NULL
    GENERATED ALWAYS AS (json_extract(state, '$.state') NOT IN ('stopped', 'failed')) VIRTUAL,
  created_at INTEGER NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  CHECK ((run_id IS NULL) = (task_id IS NULL)),
  CHECK ((run_id IS NULL) = (created_by IS NOT NULL)),
  CHECK ((run_id IS NULL) = (note IS NOT NULL)),
  CHECK ((run_id IS NULL) = (source IS NOT NULL)),
  CHECK ((run_id IS NULL) = (expires_at IS NOT NULL))
) STRICT;

INSERT INTO sandboxes_new
  (id, workspace_id, project_id, task_id, run_id, spec, state, created_at, version, hash)
  SELECT id, workspace_id, project_id, task_id, run_id, spec, state, created_at, version, hash
  FROM sandboxes;
DROP TABLE sandboxes;
ALTER TABLE sandboxes_new RENAME TO sandboxes;

CREATE INDEX sandboxes_of_workspace ON sandboxes (workspace_id, alive, created_at, id);
CREATE INDEX sandboxes_alive ON sandboxes (created_at) WHERE alive = 1;
CREATE INDEX sandboxes_standalone ON sandboxes (expires_at, id) WHERE alive = 1 AND run_id IS NULL;

CREATE TABLE sandbox_executions (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  project_id TEXT NOT NULL REFERENCES projects (id),
  sandbox_id TEXT NOT NULL REFERENCES sandboxes (id),
  number INTEGER NOT NULL CHECK (number > 0),
  command TEXT NOT NULL,
  timeout_ms INTEGER NOT NULL CHECK (timeout_ms > 0),
  asked_by TEXT NOT NULL REFERENCES users (id),
  state TEXT NOT NULL CHECK (json_valid(state)),
  state_name TEXT NOT NULL GENERATED ALWAYS AS (json_extract(state, '$.state')) VIRTUAL
    CHECK (state_name IN ('queued', 'running', 'exited', 'timed_out', 'lost')),
  -- The lines of the sandbox's output that it printed: those above the one, through the other.
  output_after INTEGER NOT NULL CHECK (output_after >= 0),
  output_through INTEGER CHECK (output_through >= 0),
  requested_at INTEGER NOT NULL,
  UNIQUE (sandbox_id, number)
) STRICT;

-- One at a time.
CREATE UNIQUE INDEX sandbox_executions_open ON sandbox_executions (sandbox_id)
  WHERE state_name IN ('queued', 'running');
