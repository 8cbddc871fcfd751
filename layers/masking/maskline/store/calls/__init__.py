"""Calls: the read that answers one, its line, its reports, and the items under its id."""
