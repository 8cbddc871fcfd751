"""Maskline: two people talk over a virtual number and neither sees the other's real one."""
