"""Maskline: two people talk over a virtual number and neither sees the other's real one."""

# What it promises: CHANGELOG.md. The template's output Version repeats it, as a template cannot
# read it here; a test compares them.
__version__ = "0.1.0"
