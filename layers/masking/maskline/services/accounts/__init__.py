"""Use cases of accounts: provision them, import their numbers, keep credentials, rotate keys."""
