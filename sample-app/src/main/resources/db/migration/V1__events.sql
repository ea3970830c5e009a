CREATE TABLE events (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL, -- milliseconds since 1970
    source  TEXT    NOT NULL,
    level   TEXT    NOT NULL,
    message TEXT    NOT NULL
) STRICT;

CREATE INDEX events_at ON events (at);
CREATE INDEX events_source_at ON events (source, at);

-- External content: the words are indexed and the text is stored once, in events.
-- The triggers below are what keeps the two together (sqlite.org/fts5.html, section 4.4.3).
CREATE VIRTUAL TABLE events_fts USING fts5 (message, content = 'events', content_rowid = 'id');

CREATE TRIGGER events_inserted AFTER INSERT ON events BEGIN
    INSERT INTO events_fts (rowid, message) VALUES (new.id, new.message);
END;

CREATE TRIGGER events_deleted AFTER DELETE ON events BEGIN
    INSERT INTO events_fts (events_fts, rowid, message) VALUES ('delete', old.id, old.message);
END;

CREATE TRIGGER events_updated AFTER UPDATE ON events BEGIN
    INSERT INTO events_fts (events_fts, rowid, message) VALUES ('delete', old.id, old.message);
    INSERT INTO events_fts (rowid, message) VALUES (new.id, new.message);
END;
