"""Maskline: two people talk over a virtual number and neither sees the other's real one."""

import gc

# What starting a function makes stays as long as the function does, the SDK's models above all. At
# the interpreter's own pace the collector would walk it dozens of times meanwhile, to free nothing.
gc.set_threshold(100_000, 50, 50)
