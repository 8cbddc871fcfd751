"""Compute how many numbers traffic needs, on the real allocator. See docs/planning.md.

For whoever plans a pool, at a desk: no Lambda function imports it. It knows of parties only names
that tell them apart.
"""
