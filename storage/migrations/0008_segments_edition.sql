-- Which edition of its conversation a turn belongs to: 0 live, otherwise a post-contact file (greater: redacted before raw, later
-- before earlier). A file has turns of its own making, so a whole edition stands in place of another, turn by turn they do not match.
-- Superseded turns stay stored and are left out when turns are read: the choice needs no order of arrival.
ALTER TABLE segments ADD COLUMN IF NOT EXISTS edition UInt64 DEFAULT 0;
