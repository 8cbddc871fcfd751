"""The operator's commands on the audit trail: docs/audit.md."""
