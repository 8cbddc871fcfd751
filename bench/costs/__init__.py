"""The costs of operations, sessions and an idle month, and the limits that are met first."""
