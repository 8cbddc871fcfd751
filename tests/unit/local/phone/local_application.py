"""An application for the simulated carrier to call: a real HTTP server, its answers made up."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

CALLEE, VIRTUAL = "+12025550102", "+12025550110"


class Application:
    """Answers by path from `documents`; keeps every request's path, parameters and headers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.documents: dict[str, str] = {}
        self.content_type = "application/xml"
        self.statuses: dict[str, int] = {}
        self.requests: list[tuple[str, dict[str, str], dict[str, str], str]] = []

    def dials(self, attributes: str = "", number: str = CALLEE, *, before: str = "") -> None:
        self.documents["/answer"] = (
            f'<Response>{before}<Dial action="{self.url}/action" callbackUrl="{self.url}/events"'
            f' callerId="{VIRTUAL}" {attributes}><Number>{number}</Number></Dial></Response>'
        )

    def params(self, path: str) -> list[dict[str, str]]:
        return [params for place, params, _, _ in self.requests if place == path]


@contextmanager
def served_application() -> Iterator[Application]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            parts = urlsplit(self.path)
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            params = dict(parse_qsl(text or parts.query, keep_blank_values=True))
            app.requests.append((parts.path, params, dict(self.headers), self.command))
            body = app.documents.get(parts.path, "<Response/>").encode()
            self.send_response(app.statuses.get(parts.path, 200))
            self.send_header("Content-Type", app.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 (names that the standard library looks up)

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        app = Application(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield app
        server.shutdown()
        thread.join()
