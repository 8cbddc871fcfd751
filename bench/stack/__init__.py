"""The service measured: an answer, the start of a function, many clients at once."""
