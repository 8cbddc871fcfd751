"""The service under load: many clients, many sessions, dead endpoints."""
