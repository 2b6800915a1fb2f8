"""A thread that calls something at a steady pace, for a log that no job looks after."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_logger = logging.getLogger(__name__)


class Ticker:
    """Calls ``tick`` every ``interval`` seconds, until it fails or the ticker is closed."""

    def __init__(self, tick: Callable[[], object], interval: float, *, name: str) -> None:
        self._tick = tick
        self._interval = interval
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let the present call end, and stop."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(self._interval):
            try:
                self._tick()
            except Exception:
                _logger.critical("%s stopped", self._thread.name, exc_info=True)
                return
