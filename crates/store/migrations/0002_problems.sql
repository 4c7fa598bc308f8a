-- The numbers of problems, so that a problem keeps its own whatever comes beside it: one for each package ever met, by its
-- UUID, or by its folder where it has none.
CREATE TABLE problems (
    package TEXT PRIMARY KEY NOT NULL,
    id      TEXT NOT NULL UNIQUE,
    number  BIGINT NOT NULL UNIQUE
);
