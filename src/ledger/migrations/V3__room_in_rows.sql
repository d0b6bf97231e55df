-- A copy's row grows when it is attempted and when it is answered. Room that was left for that keeps
-- it where it is: pages that are full would be split, and twice as many written for each group.
ALTER TABLE copies ADD COLUMN room BLOB;
