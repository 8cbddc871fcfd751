"""The log of the functions, in a file: what CloudWatch Logs is on AWS."""

import logging
import tempfile
from pathlib import Path

from maskline.observability import logger


class FunctionLog:
    """`path` is the file, from the start to the end. The terminal shows what LOG_LEVEL lets pass.

    What is logged at any level is in the file alone.
    """

    def __init__(self) -> None:
        self.path = Path()
        self._handler: logging.Handler | None = None

    def start(self) -> None:
        """Begin an empty file."""
        with tempfile.NamedTemporaryFile(prefix="maskline-", suffix=".log", delete=False) as file:
            self.path = Path(file.name)
        self._handler = logging.FileHandler(self.path, encoding="utf-8")
        self._handler.setFormatter(logger.registered_formatter)
        logging.getLogger(logger.service).addHandler(self._handler)
        logger.registered_handler.setLevel(logger.log_level)

    def stop(self) -> None:
        """Remove the file."""
        if self._handler is not None:
            logger.registered_handler.setLevel(logging.NOTSET)
            logging.getLogger(logger.service).removeHandler(self._handler)
            self._handler.close()
            self.path.unlink()
            self._handler = None
