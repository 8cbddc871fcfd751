"""Starts and answers of functions: how long they take, cold and warm."""
