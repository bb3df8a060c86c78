-- People, programs, and the record of what they did.

-- The version of the workspace's stream at which a member's role was last set. Members of before are
-- given the earliest that theirs can be: the stream's second event lets the first one in.
ALTER TABLE members ADD COLUMN version INTEGER NOT NULL DEFAULT 2;

CREATE INDEX members_by_time ON members (workspace_id, joined_at, user_id);

-- The version of a workspace's stream at which its name or its allowed origins were last changed.
ALTER TABLE workspaces ADD COLUMN settings_version INTEGER NOT NULL DEFAULT 1;

-- Where a session was opened from.
ALTER TABLE sessions ADD COLUMN network TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_of_user ON sessions (user_id, created_at, id);

-- A link that lets a person in, once. The link's token itself is nowhere.
CREATE TABLE invitations (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  role TEXT NOT NULL CHECK (role IN ('viewer', 'member', 'admin', 'owner')),
  email TEXT,
  token_hash TEXT NOT NULL UNIQUE CHECK (length(token_hash) = 64),
  invited_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  accepted_by TEXT,
  accepted_at INTEGER,
  revoked_at INTEGER,
  version INTEGER NOT NULL CHECK (version > 0),
  CHECK ((accepted_by IS NULL) = (accepted_at IS NULL)),
  CHECK (accepted_at IS NULL OR revoked_at IS NULL)
) STRICT;

CREATE INDEX invitations_pending ON invitations (workspace_id, created_at, id)
  WHERE accepted_at IS NULL AND revoked_at IS NULL;

-- A link that lets a member choose a new password, once.
CREATE TABLE password_resets (
  id TEXT PRIMARY KEY NOT NULL,
  token_hash TEXT NOT NULL UNIQUE CHECK (length(token_hash) = 64),
  user_id TEXT NOT NULL REFERENCES users (id),
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  offered_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;

CREATE INDEX password_resets_of_user ON password_resets (user_id, created_at, id);

-- A key for programs is found by the hash of its text alone.
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  name TEXT NOT NULL CHECK (name <> ''),
  prefix TEXT NOT NULL CHECK (prefix <> ''),
  secret_hash TEXT NOT NULL UNIQUE CHECK (length(secret_hash) = 64),
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  project_id TEXT REFERENCES projects (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  -- Within a minute of its last use.
  last_used_at INTEGER,
  version INTEGER NOT NULL CHECK (version > 0)
) STRICT;

CREATE INDEX api_keys_of_workspace ON api_keys (workspace_id, created_at, id);
CREATE INDEX api_keys_of_user ON api_keys (user_id, workspace_id, created_at, id);

-- The origins of other sites whose pages may use a workspace's API.
CREATE TABLE allowed_origins (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  origin TEXT NOT NULL CHECK (origin <> ''),
  PRIMARY KEY (workspace_id, origin)
) STRICT, WITHOUT ROWID;

CREATE INDEX allowed_origins_by_origin ON allowed_origins (origin, workspace_id);

-- Who did what to what, from where, and what came of it. Nothing here is ever changed.
CREATE TABLE audit (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL CHECK (json_valid(actor)),
  -- The person or the run, to search by.
  actor_id TEXT NOT NULL,
  proof TEXT NOT NULL CHECK (json_valid(proof)),
  action TEXT NOT NULL CHECK (action <> ''),
  target TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
  detail TEXT,
  network TEXT NOT NULL,
  agent TEXT NOT NULL,
  request_id TEXT NOT NULL
) STRICT;

CREATE INDEX audit_of_workspace ON audit (workspace_id, at, id);
CREATE INDEX audit_by_actor ON audit (workspace_id, actor_id, at, id);
CREATE INDEX audit_by_action ON audit (workspace_id, action, at, id);
CREATE INDEX audit_by_target ON audit (workspace_id, target, at, id);
CREATE INDEX audit_by_outcome ON audit (workspace_id, outcome, at, id);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit log is never changed');
END;

CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit log is never cut');
END;

-- What a password, a link or a session must still be at the commit.
ALTER TABLE guards ADD COLUMN account INTEGER NOT NULL DEFAULT 1;
