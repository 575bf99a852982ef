-- What was answered under idempotency keys. Keys and fingerprints are SHA-256 digests.

CREATE TABLE answers (
    row         INTEGER PRIMARY KEY,
    key         BLOB    NOT NULL UNIQUE CHECK (length(key) = 32),
    fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    answered_at INTEGER NOT NULL,
    answer      BLOB    NOT NULL
) STRICT;

CREATE INDEX answers_by_moment ON answers (answered_at);

-- How many there are: to count a million rows would take longer than to write one.
CREATE TABLE answer_tally (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    answers INTEGER NOT NULL
) STRICT;

INSERT INTO answer_tally (id, answers) VALUES (1, 0);

CREATE TRIGGER answer_kept AFTER INSERT ON answers BEGIN
    UPDATE answer_tally SET answers = answers + 1;
END;

CREATE TRIGGER answer_forgotten AFTER DELETE ON answers BEGIN
    UPDATE answer_tally SET answers = answers - 1;
END;
