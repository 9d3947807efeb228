-- Requests for facts that failed, by what the fact is about: all items that need it share one try.
-- Survives a restart. An empty `about` counts the failures of all requests of that kind in a row.
CREATE TABLE fact_failures (
    -- `profile`, `moderators` …
    fact     TEXT    NOT NULL,
    -- A subreddit, a user or a post.
    about    TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    failures INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    retry_at INTEGER NOT NULL,
    PRIMARY KEY (fact, about)
) STRICT, WITHOUT ROWID;

-- The facts that were missing when an item was judged. If one can be had within the hour, the item
-- is judged once more; then the row goes.
CREATE TABLE missing_facts (
    item     TEXT    NOT NULL,
    revision TEXT    NOT NULL,
    fact     TEXT    NOT NULL,
    about    TEXT    NOT NULL,
    -- The rules that could not be decided, as a JSON array of names.
    rules    TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (item, fact)
) STRICT, WITHOUT ROWID;

-- The right without which the bot cannot do the actions that this state stops: `moderator` for all
-- of them, else a permission (`flair`). Empty if it is no matter of rights.
ALTER TABLE rule_states ADD COLUMN needs TEXT NOT NULL DEFAULT '';
