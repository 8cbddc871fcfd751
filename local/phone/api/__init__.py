"""The accounts at a simulated carrier: their calls, recordings and numbers, and its API."""
