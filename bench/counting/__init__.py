"""Counting what a piece of work asks of AWS: requests, in rounds, and DynamoDB's units."""
