"""Copies what a restored backup holds into the table of a stack: `make restore`. docs/backup.md

The accounts' data keys come wrapped by the key of the stack that was lost; `rewrap_keys` wraps them
by the key of the new one, for whoever may decrypt by the old and encrypt by the new.
"""

import argparse
from typing import Any

import boto3
from botocore.exceptions import ClientError

from maskline.store.keyrings import encryption_context

_HAS_KEYS = "attribute_exists(keyring[0])"


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


def rewrap_keys(dynamodb: Any, kms: Any, *, table: str, wrapping_key: str) -> int:
    """Wrap all accounts' data keys by another KMS key; how many accounts have any.

    Raises ClientError if somebody rotates keys meanwhile: repeating it does no harm.
    """
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, FilterExpression=_HAS_KEYS)
    accounts = [item for page in pages for item in page["Items"]]
    for account in accounts:
        before = account["keyring"]
        after = {"L": [_rewrapped(kms, account, one, wrapping_key) for one in before["L"]]}
        dynamodb.update_item(
            TableName=table,
            Key={name: account[name] for name in ("PK", "SK")},
            UpdateExpression="SET keyring = :after",
            ConditionExpression="keyring = :before",
            ExpressionAttributeValues={":before": before, ":after": after},
        )
    return len(accounts)


def _rewrapped(
    kms: Any, account: dict[str, Any], entry: dict[str, Any], wrapping_key: str
) -> dict[str, Any]:
    context = encryption_context(account["account_id"]["S"])
    wrapped = entry["M"]["wrapped"]["B"]
    opened = kms.decrypt(CiphertextBlob=wrapped, EncryptionContext=context)["Plaintext"]
    anew = kms.encrypt(KeyId=wrapping_key, Plaintext=opened, EncryptionContext=context)
    return {"M": entry["M"] | {"wrapped": {"B": anew["CiphertextBlob"]}}}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("wrapping_key", nargs="?", default="")
    names = parser.parse_args()
    dynamodb = boto3.client("dynamodb")
    written = copy_table(dynamodb, source=names.source, target=names.target)
    print(f"{written} items written to {names.target}")
    if names.wrapping_key:
        kms = boto3.client("kms")
        rewrapped = rewrap_keys(dynamodb, kms, table=names.target, wrapping_key=names.wrapping_key)
        print(f"the keys of {rewrapped} accounts wrapped anew")
