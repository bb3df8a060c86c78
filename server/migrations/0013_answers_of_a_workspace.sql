-- The workspace in which a request was carried out: its key means something else in another one. None
-- for requests that opened another workspace, whose retries come from there.
ALTER TABLE idempotency ADD COLUMN workspace_id TEXT;
