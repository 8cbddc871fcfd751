"""How requests come in: the edges of the service, wired to its store once."""
