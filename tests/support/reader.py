"""Somebody who can read the table, its stream and the queues, and tries every reading of it."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from local.aws.engine import Engine
from maskline.store.codec import decode
from tests.support.log_capture import Scanner
from tests.support.observation import ApiCall

Record = dict[str, Any]
_HASHES = ("md5", "sha1", "sha256", "sha512")


def raw_items(engine: Engine) -> list[Record]:
    """The table as it is stored."""
    pages = engine.client("dynamodb").get_paginator("scan")
    found = pages.paginate(TableName=engine.table_name, ConsistentRead=True)
    return [decode(item) for page in found for item in page["Items"]]


def raw_stream(engine: Engine) -> list[Record]:
    """Every image in the stream: all that was ever in the table."""
    streams = engine.client("dynamodbstreams")
    arn = engine.stream_arn()
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    images = []
    while page := streams.get_records(ShardIterator=iterator):
        changes = [record["dynamodb"] for record in page["Records"]]
        images += [decode(one[name]) for one in changes for name in _IMAGES if one.get(name)]
        iterator = page.get("NextShardIterator")
        if not changes or not iterator:
            break
    return images


_IMAGES = ("OldImage", "NewImage")


def sent_messages(calls: Iterable[ApiCall]) -> list[Record]:
    """Everything that was put on a queue, attributes and all."""
    sends = [call.parameters for call in calls if call.operation.startswith("SendMessage")]
    return [entry for one in sends for entry in one.get("Entries", [one])]


def found_in(things: Iterable[Any], *, numbers: Iterable[str], secrets: Iterable[str]) -> list[str]:
    """The readings that give away a number or a secret."""
    people = tuple(numbers)
    scanner = Scanner(numbers=people, secrets=[*secrets, *_hashes(people)])
    # A value is in the table, in its indexes and in many images of the stream.
    values = {value for thing in things for value in _values(thing)}
    readings = [reading for value in values for reading in _readings(value)]
    return scanner.found_in("\n".join(readings))


def _hashes(numbers: Iterable[str]) -> Iterator[str]:
    """A hash without a key is a number to whoever hashes all numbers there are."""
    for number in numbers:
        for name in _HASHES:
            for text in (number, number.removeprefix("+")):
                yield hashlib.new(name, text.encode()).hexdigest()


def _values(thing: Any) -> Iterator[str | bytes]:
    """All strings, numbers and bytes in it, names included; the body of a message taken apart."""
    match thing:
        case dict():
            for name, value in thing.items():
                yield from _values(name)
                yield from _values(value)
        case list() | tuple():
            for value in thing:
                yield from _values(value)
        case str() | bytes():
            yield thing
            if isinstance(thing, str) and thing.startswith("{"):
                yield from _values(json.loads(thing))
        case None:
            return
        case _:
            yield str(thing)


def _readings(value: str | bytes) -> Iterator[str]:
    """As it is, and as what it may be the encoding of."""
    text = value if isinstance(value, str) else value.decode("latin-1")
    yield text.replace("\n", " ")
    for decoder in (base64.b64decode, base64.urlsafe_b64decode, binascii.unhexlify):
        for offset in range(4):
            piece = text[offset : len(text) - (len(text) - offset) % 4]
            try:
                yield decoder(piece).decode("latin-1").replace("\n", " ")
            except (ValueError, UnicodeEncodeError):
                continue
