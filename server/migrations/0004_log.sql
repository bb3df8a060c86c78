-- The append-only log, and what a mutation leaves to be done or answered again.

-- `UNIQUE (stream, version)` is the guard of every mutation: of two that saw the same version, one
-- fails whole. There is no reference to workspaces, since a workspace's first events come before
-- its row.
CREATE TABLE events (
  workspace_id TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq > 0),
  stream TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  name TEXT NOT NULL,
  actor TEXT NOT NULL CHECK (json_valid(actor)),
  at INTEGER NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  prev_hash TEXT NOT NULL CHECK (length(prev_hash) = 64),
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  UNIQUE (stream, version),
  UNIQUE (workspace_id, seq)
) STRICT;

-- Work on its way to a queue. A row goes when the work is confirmed.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL,
  job TEXT NOT NULL CHECK (json_valid(job)),
  not_before INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  -- When to send it, or send it again.
  again_at INTEGER NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX outbox_due ON outbox (again_at, id);

CREATE TABLE idempotency (
  user_id TEXT NOT NULL,
  key TEXT NOT NULL,
  operation TEXT NOT NULL,
  answer TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;

-- Messages that no consumer could handle, kept before they are acknowledged.
CREATE TABLE dead_letters (
  queue TEXT NOT NULL,
  message_id TEXT NOT NULL,
  body TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (queue, message_id)
) STRICT;

CREATE INDEX dead_letters_by_time ON dead_letters (at);
