"""Copies what a restored backup holds into the table of a stack: `make restore`. docs/backup.md"""

import argparse
from typing import Any

import boto3
from botocore.exceptions import ClientError


def copy_table(client: Any, *, source: str, target: str) -> int:
    """How many items were written. What the target holds already is newer and stays."""
    pages = client.get_paginator("scan").paginate(TableName=source, ConsistentRead=True)
    return sum(_put(client, target, item) for page in pages for item in page["Items"])


def _put(client: Any, table: str, item: dict[str, Any]) -> bool:
    try:
        client.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(PK)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("target")
    names = parser.parse_args()
    written = copy_table(boto3.client("dynamodb"), source=names.source, target=names.target)
    print(f"{written} items written to {names.target}")
