"""How many errors this process has logged."""

import logging


class CountingErrors(logging.Handler):
    """Counts what is logged at level error and above, by us or by a library."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Called by the logging module, which holds the handler's lock."""
        self.count += 1


LOGGED_ERRORS = CountingErrors()
"""The process's own; ``configure_logs`` gives it to the root logger."""
