"""Floor 4: cases, the seven steps from report to proven close. The exemplar of a domain."""
