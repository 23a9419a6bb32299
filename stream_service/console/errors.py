"""What can go wrong in the console."""


class ConsoleError(Exception):
    """Base of the console's errors; the message says what would mend it."""


class DatabaseUnavailable(ConsoleError):
    """The database cannot be reached, or not be used."""


class UnsafeAddress(ConsoleError):
    """The console would be reachable from elsewhere by anybody."""


class KafkaAway(ConsoleError):
    """Nothing can be published now; what was asked for was not done.

    ``retry_after_s`` is when it is worth to ask again.
    """

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
