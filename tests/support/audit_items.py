"""The audit trail as it lies in the table."""

from local.aws.engine import Engine
from maskline.domain.trail import Entry
from maskline.store.trail import entry_from_record
from maskline.store.trail_codes import is_genuine
from tests.support.reader import Record, raw_items


def entry_items(engine: Engine) -> list[Record]:
    """All entries as they are stored, of every account, in the order of their instants."""
    found = [item for item in raw_items(engine) if item.get("item") == "audit"]
    return sorted(found, key=lambda item: str(item["SK"]))


def entries(engine: Engine) -> list[Entry]:
    """The same as what they say; each is as it was written."""
    items = entry_items(engine)
    assert all(is_genuine(item) for item in items)
    return [entry_from_record(item) for item in items]
