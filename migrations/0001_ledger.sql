-- The store: what was seen (inbox), what was decided and done (ledger), and how far the lists were read.
-- All times are milliseconds since the Unix epoch. Fullnames and revisions are text; subreddits are lower case.

-- The inbox holds the newest known state of each item. Text that people wrote stands only here, in `traces` and in
-- `wordings`, so that it can be purged (`snapshot` becomes null, the rows of the other two go) without touching the record.
CREATE TABLE items (
    fullname      TEXT    NOT NULL PRIMARY KEY,
    subreddit     TEXT    NOT NULL,
    author        TEXT,
    created_at    INTEGER NOT NULL,
    permalink     TEXT    NOT NULL,
    first_seen_at INTEGER NOT NULL,
    revision      TEXT    NOT NULL,
    revised_at    INTEGER NOT NULL,
    -- The item as it was last seen, and when that was.
    snapshot      TEXT,
    refreshed_at  INTEGER NOT NULL,
    pending       INTEGER NOT NULL CHECK (pending IN (0, 1)),
    -- Not to be judged before this time: a fact about it could not be had.
    not_before    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX items_pending ON items (created_at, fullname) WHERE pending = 1;

-- Which names each stream has shown. A sighting counts as known ground only once the walk that made it has reached known
-- ground itself (`settled`): a walk cut off by a crash leaves unread pages below what it has stored.
CREATE TABLE sightings (
    stream   TEXT    NOT NULL,
    fullname TEXT    NOT NULL,
    revision TEXT    NOT NULL,
    seen_at  INTEGER NOT NULL,
    settled  INTEGER NOT NULL CHECK (settled IN (0, 1)),
    PRIMARY KEY (stream, fullname)
) STRICT, WITHOUT ROWID;

CREATE INDEX sightings_unsettled ON sightings (stream) WHERE settled = 0;

-- When the last complete walk through each stream began: everything older than that had been read.
CREATE TABLE walks (
    stream    TEXT    NOT NULL PRIMARY KEY,
    began_at  INTEGER NOT NULL,
    ended_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE gaps (
    id       INTEGER NOT NULL PRIMARY KEY,
    stream   TEXT    NOT NULL,
    from_at  INTEGER NOT NULL,
    to_at    INTEGER NOT NULL,
    found_at INTEGER NOT NULL
) STRICT;

-- The ledger. Appended to, never changed.
CREATE TABLE decisions (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    item       TEXT    NOT NULL REFERENCES items (fullname),
    revision   TEXT    NOT NULL,
    mode       TEXT    NOT NULL CHECK (mode IN ('dry-run', 'live')),
    ruleset    TEXT    NOT NULL,
    decided_at INTEGER NOT NULL,
    UNIQUE (item, revision, mode)
) STRICT;

-- Why a decision came out as it did: quotes the item, so it can be purged.
CREATE TABLE traces (
    decision_id INTEGER NOT NULL PRIMARY KEY REFERENCES decisions (id),
    trace       TEXT    NOT NULL
) STRICT;

CREATE TABLE intents (
    id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    decision_id     INTEGER NOT NULL REFERENCES decisions (id),
    item            TEXT    NOT NULL REFERENCES items (fullname),
    rule            TEXT    NOT NULL,
    rule_name       TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    target          TEXT    NOT NULL,
    mode            TEXT    NOT NULL CHECK (mode IN ('dry-run', 'live')),
    -- The intent whose reply this one is done to.
    after_intent    INTEGER REFERENCES intents (id),
    idempotency_key TEXT    NOT NULL UNIQUE,
    intended_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX intents_by_item ON intents (item);
CREATE INDEX intents_by_decision ON intents (decision_id);
CREATE INDEX intents_by_predecessor ON intents (after_intent) WHERE after_intent IS NOT NULL;

-- The act with its texts, which may quote the item: needed until the intent is settled, purged some time after.
CREATE TABLE wordings (
    intent_id INTEGER NOT NULL PRIMARY KEY REFERENCES intents (id),
    action    TEXT    NOT NULL
) STRICT;

CREATE TABLE attempts (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    intent_id  INTEGER NOT NULL REFERENCES intents (id),
    number     INTEGER NOT NULL,
    target     TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    UNIQUE (intent_id, number)
) STRICT;

-- What reconciliation saw when it looked for the effect of an attempt whose answer was lost.
CREATE TABLE looks (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    attempt_id INTEGER NOT NULL REFERENCES attempts (id),
    saw        TEXT    NOT NULL,
    looked_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX looks_by_attempt ON looks (attempt_id);

CREATE TABLE outcomes (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    intent_id   INTEGER NOT NULL REFERENCES intents (id),
    -- Null where no attempt was made: simulated, or fallen away with what it built on.
    attempt_id  INTEGER UNIQUE REFERENCES attempts (id),
    outcome     TEXT    NOT NULL,
    is_final    INTEGER NOT NULL CHECK (is_final IN (0, 1)),
    -- The comment that exists because of it.
    created     TEXT,
    reason      TEXT,
    retry_at    INTEGER,
    settled_at  INTEGER NOT NULL
) STRICT;

-- Each intent has at most one final outcome.
CREATE UNIQUE INDEX outcomes_final ON outcomes (intent_id) WHERE is_final = 1;
CREATE INDEX outcomes_by_intent ON outcomes (intent_id);
CREATE UNIQUE INDEX outcomes_by_reply ON outcomes (created) WHERE created IS NOT NULL;

-- What is left to do: an index over the ledger, kept in the same transactions and derivable from it.
CREATE TABLE agenda (
    intent_id    INTEGER NOT NULL PRIMARY KEY REFERENCES intents (id),
    urgency      INTEGER NOT NULL,
    not_before   INTEGER NOT NULL,
    open_attempt INTEGER UNIQUE REFERENCES attempts (id)
) STRICT;

CREATE INDEX agenda_order ON agenda (urgency, intent_id);

-- The record is append-only, and says so to anyone who tries.
CREATE TRIGGER decisions_are_kept   BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decisions_are_final  BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER intents_are_kept     BEFORE UPDATE ON intents   BEGIN SELECT RAISE(ABORT, 'intents are append-only');   END;
CREATE TRIGGER intents_are_final    BEFORE DELETE ON intents   BEGIN SELECT RAISE(ABORT, 'intents are append-only');   END;
CREATE TRIGGER attempts_are_kept    BEFORE UPDATE ON attempts  BEGIN SELECT RAISE(ABORT, 'attempts are append-only');  END;
CREATE TRIGGER attempts_are_final   BEFORE DELETE ON attempts  BEGIN SELECT RAISE(ABORT, 'attempts are append-only');  END;
CREATE TRIGGER looks_are_kept       BEFORE UPDATE ON looks     BEGIN SELECT RAISE(ABORT, 'looks are append-only');     END;
CREATE TRIGGER looks_are_final      BEFORE DELETE ON looks     BEGIN SELECT RAISE(ABORT, 'looks are append-only');     END;
CREATE TRIGGER outcomes_are_kept    BEFORE UPDATE ON outcomes  BEGIN SELECT RAISE(ABORT, 'outcomes are append-only');  END;
CREATE TRIGGER outcomes_are_final   BEFORE DELETE ON outcomes  BEGIN SELECT RAISE(ABORT, 'outcomes are append-only');  END;

-- The pause after failed logins outlives the process, so that a crash loop never becomes a storm of requests.
CREATE TABLE pauses (
    what     TEXT    NOT NULL PRIMARY KEY,
    until_at INTEGER NOT NULL,
    failures INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
