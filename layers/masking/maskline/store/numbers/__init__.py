"""The number pool, the routes of a number, and the orders to replace it."""
