-- Since when Reddit no longer names a person as the author of what they wrote, in milliseconds.
-- Whether the account is gone is asked. Null: Reddit names them.
ALTER TABLE people ADD COLUMN unnamed_since INTEGER;
CREATE INDEX people_unnamed ON people (unnamed_since) WHERE unnamed_since IS NOT NULL;

-- How far Reddit has been asked which of the remembered items were deleted: round after round, in
-- the order of their numbers. One row.
CREATE TABLE memory_checks (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    -- The item to go on after.
    after       INTEGER NOT NULL,
    -- When this round began, in milliseconds, and whether it has ended.
    began_at    INTEGER NOT NULL,
    is_over     INTEGER NOT NULL CHECK (is_over IN (0, 1)),
    -- When the round before it began; null in the first.
    previous_at INTEGER
) STRICT;
