"""List prices of us-east-1, in US dollars: docs/performance.md names the sources."""

# For a million of each.
OF_A_MILLION = {
    "DynamoDB write request units": 0.625,
    "DynamoDB read request units": 0.125,
    "Lambda requests": 0.20,
    "Lambda GB-seconds, arm64": 13.3334,
    "REST API requests": 3.50,
    "HTTP API requests": 1.00,
    "SQS FIFO requests": 0.50,
    "SQS requests": 0.40,
    "KB of CloudWatch Logs": 0.50,
    "KMS requests": 3.00,
    "GB-seconds of kept snapshots": 1.5046,
}
# For one of each, for a month.
OF_A_MONTH = {"metrics of alarms": 0.10, "custom metrics": 0.30, "keys": 1.00, "secrets": 0.40}
