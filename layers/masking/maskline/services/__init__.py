"""Use cases: each reads and writes through the store and decides through the domain."""
