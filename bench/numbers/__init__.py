"""How many numbers the allocator uses, on traffic that can be made again."""
