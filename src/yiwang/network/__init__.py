"""Who: one tree of units, the people who hold posts in it, who is on duty, sign-in, and `may`."""
