"""The count of numbers that the allocator uses, on traffic that can be made again."""
