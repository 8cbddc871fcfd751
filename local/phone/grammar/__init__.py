"""The parts of their language that carriers share, whatever they say in it."""
