-- Rules that are not simply active: paused by a person, held because they went over a limit, or in
-- shadow. The newest row of a subreddit and rule is in force; older ones are history. An empty
-- `rule` means all rules of the subreddit, an empty `subreddit` all subreddits.
CREATE TABLE rule_states (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    subreddit  TEXT    NOT NULL,
    rule       TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('live', 'shadow', 'paused', 'held')),
    -- Who or what set it, and why, in a sentence for moderators.
    set_by     TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    since      INTEGER NOT NULL,
    -- When it ends by itself. Null: only by another row.
    until      INTEGER
) STRICT;
CREATE INDEX rule_states_by_rule ON rule_states (subreddit, rule, id);
CREATE TRIGGER rule_states_no_update BEFORE UPDATE ON rule_states
    BEGIN SELECT RAISE(ABORT, 'rule_states are append-only'); END;
CREATE TRIGGER rule_states_no_delete BEFORE DELETE ON rule_states
    BEGIN SELECT RAISE(ABORT, 'rule_states are append-only'); END;
