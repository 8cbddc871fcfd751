"""The public HTTP API: reads requests, renders answers. Decides nothing about a session."""
