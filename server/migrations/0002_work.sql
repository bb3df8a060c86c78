-- Projects and tasks. What a state's JSON says is stored once: the columns to search by are
-- generated from it and can't contradict it.

CREATE TABLE projects (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  key TEXT NOT NULL CHECK (key <> ''),
  name TEXT NOT NULL CHECK (name <> ''),
  repository_url TEXT,
  source TEXT CHECK (source IS NULL OR json_valid(source)),
  gate TEXT NOT NULL CHECK (json_valid(gate)),
  gate_version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  UNIQUE (workspace_id, key)
) STRICT;

CREATE TABLE tasks (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  project_id TEXT NOT NULL REFERENCES projects (id),
  project_key TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number > 0),
  title TEXT NOT NULL CHECK (title <> ''),
  -- The title in lower case, of every script: the database's own lower() knows ASCII only.
  title_folded TEXT NOT NULL,
  description TEXT NOT NULL,
  priority TEXT NOT NULL CHECK (priority IN ('none', 'low', 'medium', 'high', 'urgent')),
  labels TEXT NOT NULL CHECK (json_valid(labels)),
  agent_id TEXT,
  steps TEXT NOT NULL CHECK (json_valid(steps)),
  artifacts TEXT NOT NULL CHECK (json_valid(artifacts)),
  steps_author TEXT NOT NULL,
  state TEXT NOT NULL CHECK (json_valid(state)),
  stage TEXT NOT NULL GENERATED ALWAYS AS (json_extract(state, '$.stage')) VIRTUAL
    CHECK (stage IN ('backlog', 'ready', 'running', 'validating', 'review',
                     'changes_requested', 'failed', 'done', 'cancelled')),
  since INTEGER NOT NULL GENERATED ALWAYS AS (json_extract(state, '$.since')) VIRTUAL,
  run_id TEXT GENERATED ALWAYS AS (json_extract(state, '$.run')) VIRTUAL,
  created_by TEXT NOT NULL CHECK (json_valid(created_by)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  UNIQUE (project_id, number)
) STRICT;

CREATE INDEX tasks_by_stage ON tasks (workspace_id, stage, since, id);
CREATE INDEX tasks_of_project ON tasks (project_id, updated_at, id);
CREATE INDEX tasks_of_project_by_stage ON tasks (project_id, stage, updated_at, id);
