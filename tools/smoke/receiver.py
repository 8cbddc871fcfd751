"""A customer's server on this machine: takes callbacks, and says whether they are signed."""

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from local.phone.plivo.signing import sign, signed_text


class Receiver:
    """Keeps of each callback its number in the session, and whether `token` signed it."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._token = token
        self._signed: dict[int, bool] = {}
        self._changed = threading.Condition()

    def take(self, form: dict[str, str], nonce: str, signatures: str) -> None:
        base = signed_text("POST", self.url, form)
        expected = sign(base, token=self._token, nonce=nonce)
        is_signed = any(hmac.compare_digest(expected, one) for one in signatures.split(","))
        with self._changed:
            self._signed[int(form["SequenceNumber"])] = is_signed
            self._changed.notify_all()

    def wait_for(self, count: int, *, within: float) -> dict[int, bool]:
        """Wait for so many callbacks; return for each, by its number, if it was signed."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._signed) >= count, within)
            return dict(self._signed)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    # A name that the standard library looks up.
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        nonce = self.headers.get("X-Plivo-Signature-V3-Nonce", "")
        signatures = self.headers.get("X-Plivo-Signature-V3", "")
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        self.server.receiver.take(form, nonce, signatures)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the output is the table."""


@contextmanager
def running_receiver(token: str) -> Iterator[Receiver]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/callbacks"
        server.receiver = Receiver(url, token)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.receiver
        finally:
            server.shutdown()
            thread.join()
