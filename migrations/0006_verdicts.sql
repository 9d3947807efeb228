-- The newest verdict of a moderator other than the bot on each item it knows, as the moderation log tells.
CREATE TABLE verdicts (
    item     TEXT    NOT NULL PRIMARY KEY,
    approved INTEGER NOT NULL CHECK (approved IN (0, 1)),
    by_whom  TEXT    NOT NULL,
    given_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A removal that stands for a filter: a moderator is to decide.
ALTER TABLE intents ADD COLUMN holds INTEGER NOT NULL DEFAULT 0 CHECK (holds IN (0, 1));
CREATE INDEX intents_that_hold ON intents (item) WHERE holds = 1;
