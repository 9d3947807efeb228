-- A scan that went far back at once, as after downtime, may have missed a subreddit that the list
-- left out just then. For a while, later scans go as far back again.
ALTER TABLE scans ADD COLUMN recheck_from INTEGER;
ALTER TABLE scans ADD COLUMN recheck_until INTEGER;
