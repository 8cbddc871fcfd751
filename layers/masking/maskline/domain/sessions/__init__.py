"""Sessions: what one is, what clients ask of it, and how lists of them are filtered and paged."""
