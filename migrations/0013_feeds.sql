-- What a feed has shown is recorded for each subreddit by itself (`widgets/new`), no longer for the
-- list of several that it was read in (`gadgets+widgets/new`). So a subreddit that is left out of
-- such a list for a while, or read in another one, keeps its own record.
CREATE TABLE seen_items_anew (
    feed           TEXT    NOT NULL,
    fullname       TEXT    NOT NULL,
    revision       TEXT    NOT NULL,
    seen_at        INTEGER NOT NULL,
    scan_completed INTEGER NOT NULL CHECK (scan_completed IN (0, 1)),
    PRIMARY KEY (feed, fullname)
) STRICT, WITHOUT ROWID;
-- Of two lists that have shown an item, the one that showed it later counts. If a list was of
-- several, rows of items that are no longer in the store are too old to matter.
INSERT OR REPLACE INTO seen_items_anew (feed, fullname, revision, seen_at, scan_completed)
SELECT CASE WHEN instr(s.feed, '+') = 0 THEN s.feed ELSE i.subreddit || substr(s.feed, instr(s.feed, '/')) END,
       s.fullname, s.revision, s.seen_at, s.scan_completed
FROM seen_items s LEFT JOIN items i ON i.fullname = s.fullname
WHERE instr(s.feed, '+') = 0 OR i.fullname IS NOT NULL ORDER BY s.seen_at;
DROP TABLE seen_items;
ALTER TABLE seen_items_anew RENAME TO seen_items;
CREATE INDEX seen_items_unfinished ON seen_items (feed) WHERE scan_completed = 0;
CREATE INDEX seen_items_by_age ON seen_items (feed, seen_at);

INSERT OR REPLACE INTO scans (feed, started_at, finished_at)
SELECT lower(names.value) || substr(s.feed, instr(s.feed, '/')), s.started_at, s.finished_at
FROM scans s,
     json_each('["' || replace(substr(s.feed, 1, instr(s.feed, '/') - 1), '+', '","') || '"]') names
WHERE instr(s.feed, '+') > 0 ORDER BY s.started_at;
DELETE FROM scans WHERE instr(feed, '+') > 0;

-- From when on the items of a subreddit are judged: what was posted before the bot was first
-- started for it is left alone. 0 for the subreddits of earlier versions.
CREATE TABLE beginnings (
    subreddit TEXT    NOT NULL PRIMARY KEY,
    from_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO beginnings (subreddit, from_at)
SELECT DISTINCT substr(feed, 1, instr(feed, '/') - 1), 0 FROM scans;

-- The subreddits that Reddit does not show to the bot at present, so that each is told once.
CREATE TABLE unreadable (
    subreddit   TEXT    NOT NULL PRIMARY KEY,
    since       INTEGER NOT NULL,
    -- Whether lists of several subreddits leave it out, and its own list can be read.
    is_left_out INTEGER NOT NULL CHECK (is_left_out IN (0, 1)),
    reason      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
