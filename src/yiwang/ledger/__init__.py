"""Floor 1: the append-only ledger: history, feed, proof and cause in one."""
