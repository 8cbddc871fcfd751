"""PINs: how they are drawn, and what a caller's digits prove."""
