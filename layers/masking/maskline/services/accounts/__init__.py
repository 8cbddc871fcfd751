"""Use cases of accounts: provision them, keep their credentials, rotate their keys."""
