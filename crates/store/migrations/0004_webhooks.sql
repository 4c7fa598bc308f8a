-- Who is to be told that a job has ended: a row from before the job is recorded until it was told, or given up. Nobody else takes a
-- row before it is due again.
CREATE TABLE webhooks (
    job        TEXT PRIMARY KEY NOT NULL,
    url        TEXT NOT NULL,
    noted_at   BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    tries      BIGINT NOT NULL
);

-- What is looked through again and again.
CREATE INDEX webhooks_due ON webhooks (due_at);
