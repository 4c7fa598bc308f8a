-- The log of every attempt, for operators: who did what when, and what went wrong on our side. A row outlives its job's
-- record if its own time is longer. No code, input or output is in it.
CREATE TABLE attempts (
    job          TEXT NOT NULL,
    attempt      BIGINT NOT NULL,
    recorded_at  BIGINT NOT NULL,
    entry_schema BIGINT NOT NULL,
    entry        TEXT NOT NULL,
    PRIMARY KEY (job, attempt)
);

-- What retention deletes from.
CREATE INDEX attempts_recorded ON attempts (recorded_at);
