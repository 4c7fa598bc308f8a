-- The record of every job. Written for SQLite and PostgreSQL alike: ids are TEXT, moments BIGINT milliseconds since
-- the epoch, documents JSON in TEXT with the version of their form beside them.
CREATE TABLE jobs (
    id                TEXT PRIMARY KEY NOT NULL,
    status            TEXT NOT NULL,
    principal         TEXT NOT NULL,
    idempotency_key   TEXT,
    fingerprint       TEXT NOT NULL,
    attempt           BIGINT NOT NULL,
    worker            TEXT,
    submitted_at      BIGINT NOT NULL,
    started_at        BIGINT,
    finished_at       BIGINT,
    cancel_requested  BIGINT NOT NULL,
    job_schema        BIGINT NOT NULL,
    job               TEXT NOT NULL,
    completion_schema BIGINT,
    completion        TEXT
);

-- What makes sending twice harmless.
CREATE UNIQUE INDEX jobs_idempotency ON jobs (principal, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- What the reconciler pages through: few rows, however many records are kept.
CREATE INDEX jobs_unfinished ON jobs (id) WHERE finished_at IS NULL;

-- What retention deletes from.
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
