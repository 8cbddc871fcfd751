"""Calls: where one leads, what the carrier reports of it, and what the customer is told."""
