"""TwiML, the language of several carriers: its documents, webhooks and API, for their adapters."""
