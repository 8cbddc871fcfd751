"""Receive callbacks with Flask 3: run this, or serve `app` by one process of a WSGI server."""

import logging
import os

from flask import Flask, request
from inbox import Inbox
from maskline_callbacks import ForgedError, verified

app = Flask(__name__)
inbox = Inbox(os.environ.get("INBOX", "inbox.db"))


@app.route("/masking-events", methods=["GET", "POST"])
def masking_event() -> tuple[str, int]:
    # Before anything asks for request.form, which would read the raw body away.
    body = request.get_data()
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        callback = verified(request.method, request.query_string.decode(), headers, body)
    except ForgedError:
        return "", 401
    inbox.put(callback)
    return "", 204


def on_event(fields: dict[str, str], is_late: bool) -> None:
    """Do what an event means to you. Keep phone numbers out of what you print."""
    late = " (late)" if is_late else ""
    print(fields["SessionUUID"], fields["SequenceNumber"], fields["EventName"] + late, flush=True)


inbox.keep_handling(on_event)

if __name__ == "__main__":
    # Its log of requests would have the numbers in the query of a GET.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app.run(port=int(os.environ.get("PORT", "5001")))
