"""What the project is made of besides its own code: locks, advisories, the bill of materials."""
