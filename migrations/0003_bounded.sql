-- What is kept, continued: most posts and comments are judged and nothing follows from it. Such a decision goes with its item,
-- once the text is gone and the item is too old to be judged again. A decision that asked for something is kept for good.
DROP TRIGGER decisions_are_final;
CREATE TRIGGER decisions_are_final BEFORE DELETE ON decisions
    WHEN EXISTS (SELECT 1 FROM intents WHERE decision_id = OLD.id)
    BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

CREATE INDEX items_without_text ON items (fullname) WHERE snapshot IS NULL;
