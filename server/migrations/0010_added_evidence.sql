-- Who added a kept file to its run. Nothing for what the run's own job left.
ALTER TABLE evidence ADD COLUMN added_by TEXT CHECK (added_by IS NULL OR json_valid(added_by));

-- What a guard of a task's version has nothing in.
ALTER TABLE guards ADD COLUMN task INTEGER NOT NULL DEFAULT 1;
