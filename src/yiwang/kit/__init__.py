"""Floor 0: database, web, time, files. Knows nothing of cities."""
