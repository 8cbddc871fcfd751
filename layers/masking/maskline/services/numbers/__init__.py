"""Use cases of virtual numbers: manage the pool, and replace a number that went bad."""
