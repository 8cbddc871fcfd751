"""The parts of the project besides its own code: locks, advisories, the bill of materials."""
