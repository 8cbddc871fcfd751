"""Erasure: the orders and receipts, and taking a person out of a session."""
