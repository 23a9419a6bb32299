"""What is known of a partition beyond one session's life."""

from dataclasses import dataclass, field

from stream_service.streaming.judging.handler import RecordHandler
from stream_service.streaming.judging.left_running import LeftRunning
from stream_service.streaming.publishing.suspects import Suspects

BELIEVED_AFTER = 3
"""Sessions in a row that found the log shorter than its commit: a leader that has only just taken
over may answer so once, and believing it would judge much again."""


@dataclass(slots=True)
class PartitionHistory:
    """Outlives the sessions of one partition in one process."""

    suspects: Suspects = field(default_factory=Suspects)
    left_running: LeftRunning = field(default_factory=LeftRunning)
    shorter_logs: int = 0
    """How many sessions in a row have found the log to end before the committed offset."""
    handler: RecordHandler | None = None
    """Of the session before, where that has ended with all committed: it goes on with what it
    knows."""

    def take_handler(self) -> RecordHandler | None:
        """The handler, if one was left, for a session that leaves it in turn."""
        handler, self.handler = self.handler, None
        return handler

    def leave_to_others(self) -> None:
        """Forget what only the partition's next session in this process would go on with."""
        self.left_running.drop_all()
        self.handler = None
