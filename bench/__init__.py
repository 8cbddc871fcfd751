"""What Maskline's allocator and answer path cost, measured: `make bench` writes results.md."""
