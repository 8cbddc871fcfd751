"""Plivo Voice. Import its modules one by one: the answer path needs few of them."""
