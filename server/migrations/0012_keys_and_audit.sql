-- The key that made a key; none where a person did in a browser. Revoking that one leaves this one be.
ALTER TABLE api_keys ADD COLUMN made_by TEXT;

-- What else is to be told of a deed than its name and its target, such as the role that was given.
ALTER TABLE audit ADD COLUMN particulars TEXT CHECK (particulars IS NULL OR json_valid(particulars));
