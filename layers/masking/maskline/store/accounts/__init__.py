"""Accounts, their subaccounts and carriers, and the counts that their limits are compared with."""
