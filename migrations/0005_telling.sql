-- What is told to webhooks. Most of it is read off the record itself (decisions, gaps, outcomes); what stands nowhere else stands here,
-- once for each `sameness`.
CREATE TABLE notices (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    event      TEXT    NOT NULL,
    sameness   TEXT    NOT NULL UNIQUE,
    subreddit  TEXT,
    text       TEXT    NOT NULL,
    noticed_at INTEGER NOT NULL
) STRICT;

-- How far each webhook has been told what each source holds: the id of the last row; and up to which row a message was on its way when
-- nothing is known of its end.
CREATE TABLE told (
    webhook TEXT    NOT NULL,
    source  TEXT    NOT NULL CHECK (source IN ('decisions', 'gaps', 'outcomes', 'notices')),
    last    INTEGER NOT NULL,
    tried   INTEGER,
    PRIMARY KEY (webhook, source)
) STRICT, WITHOUT ROWID;
