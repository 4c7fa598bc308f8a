-- Whether a job is a live session: asked for each input that a client sends, so it is not looked up in the document.
-- Jobs of older versions of the program are taken for none, which only means that they get no input over HTTP.
ALTER TABLE jobs ADD COLUMN is_session BIGINT NOT NULL DEFAULT 0;
