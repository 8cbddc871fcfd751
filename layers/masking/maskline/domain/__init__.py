"""Plain values and decisions. Knows no AWS, no carrier, no HTTP; imports only itself of ours.

Instants are epoch milliseconds (int); durations say their unit.
"""
