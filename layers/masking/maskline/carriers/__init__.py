"""One module per carrier: its webhooks, its signature, its language for a CallPlan, its API.

The answer path imports nothing here that costs a cold start: a caller hears it as silence.
"""
