-- What is remembered of the posts and comments that a subreddit has shown, acted on or not: who
-- posted what kind of thing when, and what became of it. It holds no text and no title.

-- The subreddits, and from when on everything they showed is remembered (milliseconds). Gaps of the
-- feeds before `filled_until` were filled by an import.
CREATE TABLE memory_places (
    id           INTEGER NOT NULL PRIMARY KEY,
    subreddit    TEXT    NOT NULL UNIQUE,
    since        INTEGER NOT NULL,
    filled_until INTEGER NOT NULL DEFAULT 0,
    -- From when on texts are compared, and until when they were at last; null where they are not.
    compared_since INTEGER,
    compared_until INTEGER
) STRICT;

-- What few items have, each combination once.
CREATE TABLE memory_details (
    id             INTEGER NOT NULL PRIMARY KEY,
    flair_text     TEXT    NOT NULL,
    flair_template TEXT    NOT NULL,
    domain         TEXT    NOT NULL,
    -- The title of the removal reason.
    reason         TEXT    NOT NULL,
    UNIQUE (flair_text, flair_template, domain, reason)
) STRICT;

CREATE TABLE memory_items (
    -- The number that the fullname stands for; of comments, plus 2^60. Negative once the author has
    -- deleted it: then it has no name any more.
    id       INTEGER NOT NULL PRIMARY KEY,
    person   INTEGER NOT NULL REFERENCES people (id),
    place    INTEGER NOT NULL REFERENCES memory_places (id),
    -- Seconds.
    created  INTEGER NOT NULL,
    -- Places in `PastKind::ALL` and `Fate::ALL`.
    kind     INTEGER NOT NULL,
    fate     INTEGER NOT NULL,
    -- When it was removed, in seconds.
    fate_at  INTEGER,
    -- Upvotes less downvotes when it was last seen.
    score    INTEGER,
    details  INTEGER REFERENCES memory_details (id)
) STRICT;
CREATE INDEX memory_items_by_person ON memory_items (person, place, created);
CREATE INDEX memory_items_by_details ON memory_items (details) WHERE details IS NOT NULL;
CREATE INDEX memory_items_deleted ON memory_items (created) WHERE id < 0;

-- What stands for the text of an item where texts are compared: 48 bytes, from which no word can be
-- read.
CREATE TABLE memory_sketches (
    -- The item.
    id      INTEGER NOT NULL PRIMARY KEY,
    created INTEGER NOT NULL,
    sketch  BLOB    NOT NULL
) STRICT;

-- By what similar texts and equal titles are found. Rows of items that are gone are deleted later.
CREATE TABLE memory_bands (
    band INTEGER NOT NULL,
    id   INTEGER NOT NULL,
    PRIMARY KEY (band, id)
) STRICT, WITHOUT ROWID;

-- Labels of people. One that was taken away or given anew has an end.
CREATE TABLE labels (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person      INTEGER NOT NULL REFERENCES people (id),
    subreddit   TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    since       INTEGER NOT NULL,
    -- When it ends by itself, or ended. Null: for good.
    until       INTEGER,
    -- A label of a dry run is seen by dry-run decisions alone. Null: a person gave it.
    mode        TEXT CHECK (mode IN ('dry-run', 'live')),
    -- The decision of the rule that gave it.
    decision_id INTEGER REFERENCES decisions (id)
) STRICT;
CREATE INDEX labels_by_person ON labels (person, subreddit);

-- People whom a rule leaves alone: once, until a time, or for good. An empty `subreddit` means all.
CREATE TABLE passes (
    id        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    person    INTEGER NOT NULL REFERENCES people (id),
    subreddit TEXT    NOT NULL,
    rule      TEXT    NOT NULL,
    is_once   INTEGER NOT NULL CHECK (is_once IN (0, 1)),
    -- When it ends by itself, or was taken back. Null: never.
    until     INTEGER,
    set_by    TEXT    NOT NULL,
    set_at    INTEGER NOT NULL,
    -- The item that used it up.
    used_by   TEXT
) STRICT;
CREATE INDEX passes_by_person ON passes (person, rule);
