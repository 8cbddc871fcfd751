"""Sessions and their routes, and the items that are written or found with them."""
