// Wait until all indexes answer. $seconds: how long at most.
CALL db.awaitIndexes($seconds)
