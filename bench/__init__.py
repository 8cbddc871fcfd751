"""Measure the cost of Maskline's allocator and answer path: `make bench` writes results.md."""
