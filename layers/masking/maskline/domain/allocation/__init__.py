"""The choice of a number for a session: first fit, what is tried next, and the replacement."""
