"""Receive callbacks with FastAPI: run this, or serve `app` by one process of an ASGI server."""

import os

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from inbox import Inbox
from maskline_callbacks import ForgedError, verified

app = FastAPI()
inbox = Inbox(os.environ.get("INBOX", "inbox.db"))


@app.api_route("/masking-events", methods=["GET", "POST"])
async def masking_event(request: Request) -> Response:
    # The raw body: a parameter of type Form would leave nothing to check.
    body = await request.body()
    try:
        # Header names are in lower case here already.
        callback = verified(request.method, request.url.query, dict(request.headers), body)
    except ForgedError:
        return Response(status_code=401)
    await run_in_threadpool(inbox.put, callback)
    return Response(status_code=204)


def on_event(fields: dict[str, str], is_late: bool) -> None:
    """Do what an event means to you. Keep phone numbers out of what you print."""
    late = " (late)" if is_late else ""
    print(fields["SessionUUID"], fields["SequenceNumber"], fields["EventName"] + late, flush=True)


inbox.keep_handling(on_event)

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "5001")), log_level="warning")
