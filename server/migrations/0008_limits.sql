-- How many requests of a class are allowed in which time, where the standard isn't what is wanted.
-- Rows are written by whoever runs the installation: no page and no endpoint changes them.

CREATE TABLE rate_limit_policies (
  -- Empty for everybody, else the one workspace that it is for.
  workspace_id TEXT NOT NULL DEFAULT '',
  class TEXT NOT NULL CHECK (class IN ('read', 'write', 'sign_in', 'upload')),
  requests INTEGER NOT NULL CHECK (requests BETWEEN 1 AND 10000),
  window_s INTEGER NOT NULL CHECK (window_s BETWEEN 1 AND 3600),
  PRIMARY KEY (workspace_id, class)
) STRICT, WITHOUT ROWID;
