"""Sealed fields: the seal, the accounts' keys for it, and the secret that the table began under."""
