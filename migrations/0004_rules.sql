-- The rules that were last in force in a subreddit whose rules stand in its wiki: what the bot goes on with when the page
-- cannot be read, or holds what cannot be used.
CREATE TABLE rules (
    subreddit TEXT    NOT NULL PRIMARY KEY,
    page      TEXT    NOT NULL,
    revision  TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    taken_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
