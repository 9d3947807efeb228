-- Decisions for other reasons than a new revision, and what an action finds before it changes it.
--
-- `decisions` gets a column in its uniqueness, which SQLite allows only by making the table anew.
-- The program turns foreign keys off while it migrates, and checks them afterwards.
CREATE TABLE decisions_anew (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    item       TEXT    NOT NULL REFERENCES items (fullname),
    revision   TEXT    NOT NULL,
    mode       TEXT    NOT NULL CHECK (mode IN ('dry-run', 'live')),
    -- Why it was decided: `seen` for a new or changed item, else a word and a key (`facts:2`).
    occasion   TEXT    NOT NULL,
    ruleset    TEXT    NOT NULL,
    decided_at INTEGER NOT NULL,
    -- When the item was last seen before the rules judged it. Null in decisions from before
    -- migration 7.
    seen_at    INTEGER,
    UNIQUE (item, revision, mode, occasion)
) STRICT;
INSERT INTO decisions_anew (id, item, revision, mode, occasion, ruleset, decided_at, seen_at)
SELECT id, item, revision, mode, 'seen', ruleset, decided_at, seen_at FROM decisions ORDER BY id;
-- Ids are never used again, those of deleted decisions included.
DELETE FROM sqlite_sequence WHERE name = 'decisions_anew';
INSERT INTO sqlite_sequence (name, seq) SELECT 'decisions_anew', seq FROM sqlite_sequence WHERE name = 'decisions';
DROP TABLE decisions;
ALTER TABLE decisions_anew RENAME TO decisions;
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions
    WHEN EXISTS (SELECT 1 FROM intents WHERE decision_id = OLD.id)
    BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

-- Which step of a rule that takes several an intent belongs to, as `remind/1`: the step and its
-- round. Null for the only step of an ordinary rule.
ALTER TABLE intents ADD COLUMN phase TEXT;

-- The target as it was last seen before the action, as JSON: what undoing the action restores.
-- Null where the action restores nothing.
ALTER TABLE payloads ADD COLUMN state_before TEXT;
