-- Who may not write in the chat for a time.

CREATE TABLE mutes (
    -- An address, its letter case folded.
    user  TEXT    PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
