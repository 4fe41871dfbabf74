"""To whom: the responsibility list, and a recommendation that always says why."""
