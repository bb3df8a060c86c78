-- How far a workspace's log is anchored: a hint for the sweep, which verifying never believes.
ALTER TABLE workspaces ADD COLUMN anchored_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workspaces ADD COLUMN anchor_checked_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX workspaces_by_anchor ON workspaces (anchor_checked_at, id);
