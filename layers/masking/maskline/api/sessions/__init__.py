"""Sessions on the wire: bodies, lists and objects."""
