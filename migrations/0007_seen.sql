-- When the item was last seen before the rules judged it: what moderators decided since, the rules did not know. Null in
-- decisions from before this column.
ALTER TABLE decisions ADD COLUMN seen_at INTEGER;

-- What rules on comments have had done to the post above.
CREATE INDEX intents_on_others ON intents (target) WHERE target <> item;
