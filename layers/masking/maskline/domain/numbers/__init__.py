"""Virtual numbers: the pool, what a client may change of it, and where numbers may call."""
