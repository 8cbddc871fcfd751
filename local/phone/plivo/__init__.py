"""Plivo, simulated: its webhooks, its XML and its Call API."""
