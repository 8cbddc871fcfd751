"""The only package that knows DynamoDB: keys, conditions, one function per access pattern."""
