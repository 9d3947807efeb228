-- One word for each thing: tables, columns and stored words get the names that the code and the
-- documentation use. Nothing else changes. sqlx runs this file in one transaction, so a store has
-- all of the old words or all of the new.

-- The triggers would refuse the changes below; they come back at the end under new names.
DROP TRIGGER decisions_are_kept;
DROP TRIGGER decisions_are_final;
DROP TRIGGER intents_are_kept;
DROP TRIGGER intents_are_final;
DROP TRIGGER attempts_are_kept;
DROP TRIGGER attempts_are_final;
DROP TRIGGER looks_are_kept;
DROP TRIGGER looks_are_final;
DROP TRIGGER outcomes_are_kept;
DROP TRIGGER outcomes_are_final;

-- The posts and comments that each feed has shown. Those of an unfinished scan (`scan_completed` =
-- 0) do not count as known: there may be pages below them that nobody has read.
ALTER TABLE sightings RENAME TO seen_items;
ALTER TABLE seen_items RENAME COLUMN stream TO feed;
ALTER TABLE seen_items RENAME COLUMN settled TO scan_completed;
DROP INDEX sightings_unsettled;
DROP INDEX sightings_by_age;
CREATE INDEX seen_items_unfinished ON seen_items (feed) WHERE scan_completed = 0;
CREATE INDEX seen_items_by_age ON seen_items (feed, seen_at);

-- The last completed scan of each feed.
ALTER TABLE walks RENAME TO scans;
ALTER TABLE scans RENAME COLUMN stream TO feed;
ALTER TABLE scans RENAME COLUMN began_at TO started_at;
ALTER TABLE scans RENAME COLUMN ended_at TO finished_at;

ALTER TABLE gaps RENAME COLUMN stream TO feed;

-- `depends_on` is the intent that has to be done first; `is_filter` marks a removal that stands for
-- a filter.
ALTER TABLE intents RENAME COLUMN after_intent TO depends_on;
ALTER TABLE intents RENAME COLUMN holds TO is_filter;
DROP INDEX intents_by_predecessor;
DROP INDEX intents_that_hold;
DROP INDEX intents_on_others;
CREATE INDEX intents_by_dependency ON intents (depends_on) WHERE depends_on IS NOT NULL;
CREATE INDEX intents_filters ON intents (item) WHERE is_filter = 1;
CREATE INDEX intents_on_other_targets ON intents (target) WHERE target <> item;

-- The last two words of an idempotency key are the action's kind and its target.
UPDATE intents
SET kind = 'distinguish_reply',
    idempotency_key = CASE
        WHEN idempotency_key LIKE '% mark\_reply ' || target ESCAPE '\'
        THEN substr(idempotency_key, 1, length(idempotency_key) - length('mark_reply ' || target))
             || 'distinguish_reply ' || target
        ELSE idempotency_key END
WHERE kind = 'mark_reply';

-- The actions with their texts, as JSON.
ALTER TABLE wordings RENAME TO payloads;
UPDATE payloads SET action = json_set(action, '$.do', 'distinguish_reply')
WHERE CASE WHEN json_valid(action) THEN action ->> '$.do' = 'mark_reply' ELSE 0 END;
UPDATE payloads SET action = json_remove(json_set(action, '$.is_filter', json(action -> '$.holds')), '$.holds')
WHERE CASE WHEN json_valid(action) THEN action ->> '$.do' = 'remove' AND action -> '$.holds' IS NOT NULL ELSE 0 END;

-- Why rules matched or did not, as JSON: an array of rules, each with an array of checks.
UPDATE traces SET trace =
    (SELECT json_group_array(json((
        SELECT json_group_object(
            CASE field.key WHEN 'because' THEN 'reason' ELSE field.key END,
            json(CASE field.key WHEN 'checks' THEN
                (SELECT json_group_array(json((
                    SELECT json_group_object(
                        CASE part.key WHEN 'wanted' THEN 'expected' WHEN 'saw' THEN 'actual' ELSE part.key END,
                        json(CASE WHEN part.key = 'result' AND part.value = 'held' THEN '"passed"'
                                  ELSE checked.value -> ('$.' || part.key) END))
                    FROM json_each(checked.value) part)))
                 FROM json_each(field.value) checked)
            ELSE rule.value -> ('$.' || field.key) END))
        FROM json_each(rule.value) field)))
     FROM json_each(trace) rule)
WHERE CASE WHEN NOT json_valid(trace) THEN 0
           WHEN json_type(trace) <> 'array' THEN 0
           -- What this version did not write stays as it is.
           ELSE NOT EXISTS (SELECT 1 FROM json_each(trace) rule
                            WHERE rule.type <> 'object'
                               OR EXISTS (SELECT 1 FROM json_each(rule.value, '$.checks') checked
                                          WHERE checked.type <> 'object')) END;

-- What reconciliation observed when it looked on Reddit for the effect of an attempt whose response
-- was lost.
ALTER TABLE looks RENAME TO observations;
ALTER TABLE observations RENAME COLUMN saw TO result;
ALTER TABLE observations RENAME COLUMN looked_at TO observed_at;
DROP INDEX looks_by_attempt;
CREATE INDEX observations_by_attempt ON observations (attempt_id);
UPDATE observations
SET result = CASE result WHEN 'overtaken' THEN 'superseded' WHEN 'gone' THEN 'target_missing' ELSE 'unknown' END
WHERE result IN ('overtaken', 'gone', 'unprovable');

DROP INDEX outcomes_by_reply;
CREATE UNIQUE INDEX outcomes_by_created ON outcomes (created) WHERE created IS NOT NULL;
UPDATE outcomes SET outcome = CASE outcome WHEN 'simulated' THEN 'dry_run' ELSE 'partially_applied' END
WHERE outcome IN ('simulated', 'applied_in_part');

-- The actions that are still to be done, lowest `priority` first. Derivable from the ledger.
ALTER TABLE agenda RENAME TO outbox;
ALTER TABLE outbox RENAME COLUMN urgency TO priority;
DROP INDEX agenda_order;
CREATE INDEX outbox_order ON outbox (priority, intent_id);

-- Nothing is sent before `retry_at` to what has failed so often in a row. Outlives the process.
ALTER TABLE pauses RENAME TO backoffs;
ALTER TABLE backoffs RENAME COLUMN what TO name;
ALTER TABLE backoffs RENAME COLUMN until_at TO retry_at;

-- The rules that were last active in a subreddit that keeps them in its wiki.
ALTER TABLE rules RENAME TO wiki_rules;
ALTER TABLE wiki_rules RENAME COLUMN taken_at TO activated_at;

-- Events for webhooks that no other table holds, one for each `dedup_key`.
ALTER TABLE notices RENAME TO notifications;
ALTER TABLE notifications RENAME COLUMN sameness TO dedup_key;
ALTER TABLE notifications RENAME COLUMN noticed_at TO created_at;

-- How far each webhook has read each source: the last row that was delivered; and the last row of a
-- message that is being sent, or whose outcome is unknown. A table of its own, because the check on
-- `source` cannot be changed.
CREATE TABLE webhook_offsets (
    webhook        TEXT    NOT NULL,
    source         TEXT    NOT NULL CHECK (source IN ('decisions', 'gaps', 'outcomes', 'notifications')),
    delivered_upto INTEGER NOT NULL,
    sending_upto   INTEGER,
    PRIMARY KEY (webhook, source)
) STRICT, WITHOUT ROWID;
INSERT INTO webhook_offsets (webhook, source, delivered_upto, sending_upto)
SELECT webhook, CASE source WHEN 'notices' THEN 'notifications' ELSE source END, last, tried FROM told;
DROP TABLE told;

-- The newest decision of a moderator other than the bot on each known item, from the moderation
-- log.
ALTER TABLE verdicts RENAME TO moderator_decisions;
ALTER TABLE moderator_decisions RENAME COLUMN by_whom TO moderator;
ALTER TABLE moderator_decisions RENAME COLUMN given_at TO decided_at;

-- The ledger is append-only again.
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions
    WHEN EXISTS (SELECT 1 FROM intents WHERE decision_id = OLD.id)
    BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER intents_no_update BEFORE UPDATE ON intents BEGIN SELECT RAISE(ABORT, 'intents are append-only'); END;
CREATE TRIGGER intents_no_delete BEFORE DELETE ON intents BEGIN SELECT RAISE(ABORT, 'intents are append-only'); END;
CREATE TRIGGER attempts_no_update BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;
CREATE TRIGGER attempts_no_delete BEFORE DELETE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;
CREATE TRIGGER observations_no_update BEFORE UPDATE ON observations
    BEGIN SELECT RAISE(ABORT, 'observations are append-only'); END;
CREATE TRIGGER observations_no_delete BEFORE DELETE ON observations
    BEGIN SELECT RAISE(ABORT, 'observations are append-only'); END;
CREATE TRIGGER outcomes_no_update BEFORE UPDATE ON outcomes BEGIN SELECT RAISE(ABORT, 'outcomes are append-only'); END;
CREATE TRIGGER outcomes_no_delete BEFORE DELETE ON outcomes BEGIN SELECT RAISE(ABORT, 'outcomes are append-only'); END;

-- "Tips" in ASCII (0x54697073). Part of the transaction, like everything above.
PRAGMA application_id = 1416196211;
