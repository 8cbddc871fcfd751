"""Limits of AWS that what stands in for it keeps too: docs/local-and-aws.md names the sources."""

# What a function is handed, and what it answers.
INVOCATION_BYTES = 6 * 1024 * 1024
# The waits before Lambda invokes a function again that failed where nobody waits for it.
ASYNCHRONOUS_WAITS_SECONDS = (60, 120)
ASYNCHRONOUS_AGE_SECONDS = 6 * 3600
