"""Stand-ins for what invokes a function by itself: streams, queues and schedules."""
