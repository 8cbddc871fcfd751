"""The decision that led a call where it went, and its explanation in words."""
