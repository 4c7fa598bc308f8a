-- Shared programs: a row from the moment of sharing until it expires. The content is a JSON document of the program as it was sent.
CREATE TABLE shares (
    key            TEXT PRIMARY KEY NOT NULL,
    content_schema BIGINT NOT NULL,
    content        TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL
);

-- For deleting what has expired.
CREATE INDEX shares_expiry ON shares (expires_at);
