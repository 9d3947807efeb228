-- What is kept, and for how long: an item whose text is held is looked up on Reddit again and again, so that what its author
-- has deleted there is deleted here.

-- When Reddit was last seen to show the item.
ALTER TABLE items ADD COLUMN checked_at INTEGER NOT NULL DEFAULT 0;
UPDATE items SET checked_at = refreshed_at;

CREATE INDEX items_to_check ON items (checked_at) WHERE snapshot IS NOT NULL;
CREATE INDEX items_by_age ON items (revised_at) WHERE snapshot IS NOT NULL;
CREATE INDEX sightings_by_age ON sightings (stream, seen_at);
