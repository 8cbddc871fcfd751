"""Keep events until they are handled: each once, and in order within its session.

SQLite serves one machine. With several, make the same table in the database that they share.
"""

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from maskline_callbacks import Callback

_TABLE = """
CREATE TABLE IF NOT EXISTS inbox (
    webhook_id TEXT PRIMARY KEY, session_uuid TEXT, sequence INTEGER, fields TEXT,
    is_handled INTEGER DEFAULT 0
)"""
_UNHANDLED = """
SELECT webhook_id, session_uuid, sequence, fields FROM inbox
WHERE NOT is_handled ORDER BY session_uuid, sequence"""
_HIGHEST = "SELECT max(sequence) FROM inbox WHERE session_uuid = ? AND is_handled"

# Takes an event's attributes, and whether later events of its session were handled before.
Work = Callable[[dict[str, str], bool], None]


class Inbox:
    def __init__(self, path: str) -> None:
        self._path = path
        with self._database() as database:
            database.execute(_TABLE)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path)
        try:
            with database:
                yield database
        finally:
            database.close()

    def put(self, callback: Callback) -> None:
        """Keep an event, unless it is there: an attempt whose answer was lost comes again."""
        fields = callback.fields
        row = (callback.id, fields["SessionUUID"], fields["SequenceNumber"], json.dumps(fields))
        with self._database() as database:
            database.execute(
                "INSERT OR IGNORE INTO inbox (webhook_id, session_uuid, sequence, fields)"
                " VALUES (?, ?, ?, ?)",
                row,
            )

    def handle(self, work: Work) -> None:
        """Have the waiting events worked on. One that fails holds up those of its session alone."""
        failed = set()
        with self._database() as database:
            for webhook_id, session_uuid, sequence, fields in database.execute(
                _UNHANDLED
            ).fetchall():
                if session_uuid in failed:
                    continue
                [highest] = database.execute(_HIGHEST, (session_uuid,)).fetchone()
                try:
                    # Do not wait for a number that is missing: it may never come.
                    work(json.loads(fields), highest is not None and sequence < highest)
                except Exception:
                    logging.exception("An event could not be handled, and is tried again.")
                    failed.add(session_uuid)
                    continue
                database.execute(
                    "UPDATE inbox SET is_handled = 1 WHERE webhook_id = ?", (webhook_id,)
                )
                database.commit()

    def keep_handling(self, work: Work) -> None:
        """Work in the background: a callback is answered first.

        In one process only. With several web workers, call `handle` in a program of its own.
        """

        def forever() -> None:
            while True:
                self.handle(work)
                time.sleep(0.2)

        threading.Thread(target=forever, daemon=True).start()
