"""A stand-in for API Gateway: its two kinds of API, over HTTP and without."""
