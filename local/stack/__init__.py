"""The whole service on one machine: its parts, its first account, and what it tells of calls."""
