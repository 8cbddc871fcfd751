"""Use cases of sessions: create, read, change, complete and end them."""
