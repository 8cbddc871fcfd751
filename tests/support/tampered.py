"""Writing behind the service's back: as somebody does who can write the table, and has no key."""

from maskline.store import keys
from maskline.store.codec import encode
from tests.support.audit_items import entry_items
from tests.support.reader import Record
from tests.support.service import Service


def write(service: Service, item: Record) -> None:
    client = service.engine.client("dynamodb")
    client.put_item(TableName=service.engine.table_name, Item=encode(item))


def remove(service: Service, item: Record) -> None:
    key = encode({name: item[name] for name in ("PK", "SK")})
    service.engine.client("dynamodb").delete_item(TableName=service.engine.table_name, Key=key)


def move(service: Service, item: Record, **place: str) -> None:
    write(service, item | place)
    remove(service, item)


def first_entry(service: Service) -> Record:
    return entry_items(service.engine)[0]


def other_shard(item: Record) -> str:
    head, _, shard = item["PK"].rpartition("#")
    return f"{head}#{(int(shard) + 1) % keys.SHARDS}"


def later(item: Record, milliseconds: int) -> str:
    """The place of the entry, had it been written later."""
    at, _, rest = item["SK"].partition("#")
    return f"{int(at) + milliseconds:0{len(at)}d}#{rest}"
