-- Answers are tied to what was asked, and are forgotten after a day. Those of before name no request
-- and can't be compared: a key of theirs is new.
DELETE FROM idempotency;
ALTER TABLE idempotency ADD COLUMN request TEXT NOT NULL DEFAULT '';
CREATE INDEX idempotency_by_time ON idempotency (at);

-- Always empty. A commit's guards select nothing into one of its columns when what they look at
-- doesn't hold, which undoes the batch.
CREATE TABLE guards (
  slot INTEGER NOT NULL,
  gate INTEGER NOT NULL,
  project INTEGER NOT NULL
) STRICT;

-- Which workspaces had events lately: their rooms are nudged, their logs anchored.
CREATE INDEX events_by_time ON events (at, workspace_id);

-- How often a message was sent is said nowhere.
ALTER TABLE outbox DROP COLUMN sent;
