"""考核: the numbers, worked out from the ledger alone."""
