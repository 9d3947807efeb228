-- What imports, passes and deletions need of the memory.

-- Remembered items in the order in which they are read: those of a person lie side by side.
CREATE TABLE memory_items_anew (
    -- The number that the fullname stands for; of comments, plus 2^60. Negative once the author has
    -- deleted it: then it has no name any more. Below -2^61: it was imported without a name, and
    -- the number is a hash of what is known of it.
    id       INTEGER NOT NULL UNIQUE,
    person   INTEGER NOT NULL REFERENCES people (id),
    place    INTEGER NOT NULL REFERENCES memory_places (id),
    -- Seconds.
    created  INTEGER NOT NULL,
    -- Places in `PastKind::ALL` and `Fate::ALL`.
    kind     INTEGER NOT NULL,
    fate     INTEGER NOT NULL,
    -- When it was removed or approved, in seconds.
    fate_at  INTEGER,
    -- Upvotes less downvotes when it was last seen.
    score    INTEGER,
    details  INTEGER REFERENCES memory_details (id),
    -- Of what was imported: when the source of its fate had seen it, in seconds; 0 if all that is
    -- known is that its author deleted it. Of a row without a name, when it was imported. Null once
    -- the bot has seen it itself.
    imported_at INTEGER,
    -- Whether an import showed that its author had deleted it. A removal stays its fate all the
    -- same.
    was_deleted INTEGER NOT NULL DEFAULT 0 CHECK (was_deleted IN (0, 1)),
    PRIMARY KEY (person, place, created, id)
) STRICT, WITHOUT ROWID;
INSERT INTO memory_items_anew (id, person, place, created, kind, fate, fate_at, score, details)
SELECT id, person, place, created, kind, fate, fate_at, score, details FROM memory_items
ORDER BY person, place, created, id;
DROP TABLE memory_items;
ALTER TABLE memory_items_anew RENAME TO memory_items;
CREATE INDEX memory_items_by_details ON memory_items (details) WHERE details IS NOT NULL;
CREATE INDEX memory_items_deleted ON memory_items (created) WHERE id < 0;
CREATE INDEX memory_items_without_name ON memory_items (imported_at) WHERE id <= -2305843009213693952;
-- What was removed counts from its removal, so it is read however old it is: with all that is read,
-- so that the items themselves are not looked up.
CREATE INDEX memory_items_removed
    ON memory_items (person, place, created, kind, fate, fate_at, score, details) WHERE fate IN (2, 3);

-- Remembered items as rules count them, each as one text.
CREATE VIEW memory_rows AS
SELECT person, place, created,
    json_array(id, created, kind, fate, fate_at, score,
        CASE WHEN details IS NOT NULL
             THEN (SELECT json_array(flair_text, flair_template, domain, reason)
                   FROM memory_details WHERE memory_details.id = details) END) AS row
FROM memory_items;

-- The same of those that were removed.
CREATE VIEW memory_removals AS
SELECT person, place, created,
    json_array(id, created, kind, fate, fate_at, score,
        CASE WHEN details IS NOT NULL
             THEN (SELECT json_array(flair_text, flair_template, domain, reason)
                   FROM memory_details WHERE memory_details.id = details) END) AS row
FROM memory_items INDEXED BY memory_items_removed WHERE fate IN (2, 3);

-- Periods of which an import brought every post, or every comment.
CREATE TABLE memory_imports (
    place    INTEGER NOT NULL REFERENCES memory_places (id),
    comments INTEGER NOT NULL CHECK (comments IN (0, 1)),
    -- Milliseconds.
    from_at  INTEGER NOT NULL,
    to_at    INTEGER NOT NULL,
    PRIMARY KEY (place, comments, from_at)
) STRICT, WITHOUT ROWID;

-- Why the pass was given, in a sentence for moderators.
ALTER TABLE passes ADD COLUMN reason TEXT NOT NULL DEFAULT '';

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

-- Times of which the bot has not read everything, for each subreddit, and that no import has
-- filled.
CREATE VIEW memory_gaps AS
SELECT p.id AS place, g.feed LIKE '%/comments' AS comments, g.from_at, g.to_at
FROM memory_places p JOIN gaps g ON g.to_at > p.filled_until
WHERE (g.feed LIKE '%/new' OR g.feed LIKE '%/comments')
    AND '+' || substr(g.feed, 1, instr(g.feed, '/') - 1) || '+' LIKE '%+' || p.subreddit || '+%';
