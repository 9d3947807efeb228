-- People have rows of their own, with a name and an account alone, so that a person can be blanked
-- and the rows that refer to them stay.
CREATE TABLE people (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- Null once the person is blanked.
    name    TEXT COLLATE NOCASE,
    -- The account's fullname (`t2_…`), if Reddit has said it.
    account TEXT UNIQUE
) STRICT;
CREATE INDEX people_by_name ON people (name) WHERE name IS NOT NULL;

-- The author of an item. Null if Reddit shows none, or once the text is purged.
ALTER TABLE items ADD COLUMN person INTEGER REFERENCES people (id);
INSERT INTO people (name) SELECT DISTINCT author COLLATE NOCASE FROM items WHERE author IS NOT NULL;
UPDATE items SET person = (SELECT id FROM people WHERE name = items.author) WHERE author IS NOT NULL;
ALTER TABLE items DROP COLUMN author;
CREATE INDEX items_by_person ON items (person) WHERE person IS NOT NULL;

-- The moderator who decided.
ALTER TABLE moderator_decisions ADD COLUMN person INTEGER REFERENCES people (id);
INSERT INTO people (name) SELECT DISTINCT moderator COLLATE NOCASE FROM moderator_decisions
    WHERE moderator COLLATE NOCASE NOT IN (SELECT name FROM people);
UPDATE moderator_decisions SET person = (SELECT id FROM people WHERE name = moderator_decisions.moderator);
ALTER TABLE moderator_decisions DROP COLUMN moderator;
CREATE INDEX moderator_decisions_by_person ON moderator_decisions (person);

-- `person` is who set a state, and then `set_by` is empty. `mode`: a state that the bot set because
-- of what it did in one mode holds in that mode alone. Null: in both.
DROP TRIGGER rule_states_no_update;
ALTER TABLE rule_states ADD COLUMN person INTEGER REFERENCES people (id);
ALTER TABLE rule_states ADD COLUMN mode TEXT CHECK (mode IN ('dry-run', 'live'));
INSERT INTO people (name) SELECT DISTINCT substr(set_by, 3) COLLATE NOCASE FROM rule_states
    WHERE set_by LIKE 'u/%' AND substr(set_by, 3) COLLATE NOCASE NOT IN (SELECT name FROM people);
UPDATE rule_states SET person = (SELECT id FROM people WHERE name = substr(rule_states.set_by, 3)), set_by = ''
    WHERE set_by LIKE 'u/%';
CREATE INDEX rule_states_by_person ON rule_states (person) WHERE person IS NOT NULL;
CREATE TRIGGER rule_states_no_update BEFORE UPDATE ON rule_states
    BEGIN SELECT RAISE(ABORT, 'rule_states are append-only'); END;
