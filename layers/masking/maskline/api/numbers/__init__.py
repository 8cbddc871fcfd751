"""Virtual numbers on the wire: bodies, filters and objects."""
