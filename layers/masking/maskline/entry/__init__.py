"""The edges at which requests come in, wired to the store once."""
