"""TwiML, simulated, for the carriers that speak it: documents, webhooks and API."""
