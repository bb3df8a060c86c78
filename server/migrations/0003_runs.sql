-- Runs and what they leave behind.

CREATE TABLE runs (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  project_id TEXT NOT NULL REFERENCES projects (id),
  task_id TEXT NOT NULL REFERENCES tasks (id),
  attempt INTEGER NOT NULL CHECK (attempt > 0),
  plan TEXT NOT NULL CHECK (json_valid(plan)),
  producers TEXT NOT NULL CHECK (json_valid(producers)),
  started_by TEXT NOT NULL GENERATED ALWAYS AS (json_extract(producers, '$.started_by')) VIRTUAL,
  retry_of TEXT REFERENCES runs (id),
  state TEXT NOT NULL CHECK (json_valid(state)),
  state_name TEXT NOT NULL GENERATED ALWAYS AS (json_extract(state, '$.state')) VIRTUAL
    CHECK (state_name IN ('queued', 'provisioning', 'running', 'succeeded', 'failed',
                          'cancelled', 'timed_out', 'lost')),
  cancel TEXT CHECK (cancel IS NULL OR json_valid(cancel)),
  sandbox_id TEXT,
  late TEXT CHECK (late IS NULL OR json_valid(late)),
  -- Who may write about the run, until when. Renewed without an event.
  lease_token TEXT,
  lease_expires_at INTEGER,
  queued_at INTEGER NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  UNIQUE (task_id, attempt),
  CHECK ((lease_token IS NULL) = (lease_expires_at IS NULL)),
  CHECK ((lease_token IS NOT NULL) = (state_name IN ('provisioning', 'running')))
) STRICT;

CREATE INDEX runs_by_lease ON runs (lease_expires_at) WHERE lease_expires_at IS NOT NULL;
CREATE INDEX runs_in_slots ON runs (workspace_id, lease_expires_at)
  WHERE lease_expires_at IS NOT NULL;

CREATE TABLE sandboxes (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  project_id TEXT NOT NULL REFERENCES projects (id),
  task_id TEXT NOT NULL REFERENCES tasks (id),
  run_id TEXT NOT NULL UNIQUE REFERENCES runs (id),
  spec TEXT NOT NULL CHECK (json_valid(spec)),
  state TEXT NOT NULL CHECK (json_valid(state)),
  state_name TEXT NOT NULL GENERATED ALWAYS AS (json_extract(state, '$.state')) VIRTUAL
    CHECK (state_name IN ('provisioning', 'ready', 'busy', 'stopping', 'stopped', 'failed')),
  -- 1 while it still costs something.
  alive INTEGER NOT NULL
    GENERATED ALWAYS AS (json_extract(state, '$.state') NOT IN ('stopped', 'failed')) VIRTUAL,
  created_at INTEGER NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;

CREATE INDEX sandboxes_of_workspace ON sandboxes (workspace_id, alive, created_at, id);
CREATE INDEX sandboxes_alive ON sandboxes (created_at) WHERE alive = 1;

CREATE TABLE validations (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  project_id TEXT NOT NULL REFERENCES projects (id),
  task_id TEXT NOT NULL REFERENCES tasks (id),
  run_id TEXT NOT NULL REFERENCES runs (id),
  revision TEXT NOT NULL,
  requirement TEXT NOT NULL CHECK (json_valid(requirement)),
  position INTEGER NOT NULL CHECK (position >= 0),
  state TEXT NOT NULL CHECK (json_valid(state)),
  state_name TEXT NOT NULL GENERATED ALWAYS AS (json_extract(state, '$.state')) VIRTUAL
    CHECK (state_name IN ('pending', 'running', 'passed', 'failed', 'awaiting_review',
                          'approved', 'rejected', 'stale')),
  evidence TEXT NOT NULL CHECK (json_valid(evidence)),
  opened_at INTEGER NOT NULL,
  UNIQUE (run_id, position)
) STRICT;

CREATE INDEX validations_of_task ON validations (task_id, state_name);
CREATE INDEX validations_of_workspace ON validations (workspace_id, opened_at, position, id);

CREATE TABLE evidence (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  project_id TEXT NOT NULL REFERENCES projects (id),
  task_id TEXT NOT NULL REFERENCES tasks (id),
  run_id TEXT NOT NULL REFERENCES runs (id),
  kind TEXT NOT NULL CHECK (kind IN ('diff', 'test_report', 'screenshot', 'artifact')),
  name TEXT NOT NULL CHECK (name <> ''),
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  at INTEGER NOT NULL
) STRICT;

CREATE INDEX evidence_of_run ON evidence (run_id, name);
