"""Stand-ins for AWS: the engine, the functions' runtime, and what the template declares of them."""
