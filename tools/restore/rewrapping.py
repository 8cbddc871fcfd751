"""Wraps restored data keys by the key of the stack that they came to. docs/backup.md

They come wrapped by the key of the stack that was lost: it takes somebody who may decrypt by that
one and encrypt by the new.
"""

from typing import Any

from maskline.store.sealing.keyrings import encryption_context

_HAS_KEYS = "attribute_exists(keyring[0])"


def rewrap_keys(dynamodb: Any, kms: Any, *, table: str, wrapping_key: str) -> int:
    """Wrap the accounts' data keys by this KMS key; how many accounts had any by another.

    Raises ClientError if somebody rotates keys meanwhile: repeating it does no harm.
    """
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, FilterExpression=_HAS_KEYS)
    rewrapped = 0
    for account in [item for page in pages for item in page["Items"]]:
        before = account["keyring"]
        after = {"L": [_rewrapped(kms, account, one, wrapping_key) for one in before["L"]]}
        if after != before:
            dynamodb.update_item(
                TableName=table,
                Key={name: account[name] for name in ("PK", "SK")},
                UpdateExpression="SET keyring = :after",
                ConditionExpression="keyring = :before",
                ExpressionAttributeValues={":before": before, ":after": after},
            )
            rewrapped += 1
    return rewrapped


def _rewrapped(
    kms: Any, account: dict[str, Any], entry: dict[str, Any], wrapping_key: str
) -> dict[str, Any]:
    context = encryption_context(account["account_id"]["S"])
    wrapped = entry["M"]["wrapped"]["B"]
    opened = kms.decrypt(CiphertextBlob=wrapped, EncryptionContext=context)
    if opened["KeyId"] == wrapping_key:
        return entry
    anew = kms.encrypt(KeyId=wrapping_key, Plaintext=opened["Plaintext"], EncryptionContext=context)
    return {"M": entry["M"] | {"wrapped": {"B": anew["CiphertextBlob"]}}}
