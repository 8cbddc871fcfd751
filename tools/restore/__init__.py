"""Copying a restored backup into the table of a stack: docs/backup.md."""
