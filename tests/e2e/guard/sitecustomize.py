"""Ends the process at its first word to any other host than that of `ONLY_HOST`.

Python imports it by its name at the start of each process whose PYTHONPATH has this folder.
"""

import os
import sys
from typing import Any

STOPPED = 97
_HOST, _, _PORT = os.environ["ONLY_HOST"].partition(":")


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host, port = arguments[:2]
    elif event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if not isinstance(address, tuple):
            return
        host, port = address[:2]
    elif event.startswith("socket.gethostby"):
        host, port = arguments[0], _PORT
    else:
        return
    text = host.decode() if isinstance(host, bytes) else str(host)
    if (text, str(port)) != (_HOST, _PORT):
        os.write(2, f"stopped on the way to {text}:{port}\n".encode())
        os._exit(STOPPED)


# Unlike a patch, a hook of the interpreter is passed by no library that is written in Python.
sys.addaudithook(_watch)
