"""Currencies of amounts (ISO 4217)."""

# Most carriers' invoices are in dollars: what is stored names a currency only if it is another one.
US_DOLLAR = "USD"
# Amounts in different currencies have no sum. ISO 4217 calls this no currency.
MIXED = "XXX"
