"""From where a session goes on: what the broker has of its partition's progress, and of its log."""

from stream_service.streaming.errors import FailureReason, SessionFailed
from stream_service.streaming.observer import StreamObserver
from stream_service.streaming.offsets.offset_map import (
    NewerMap,
    Runs,
    UnreadableMap,
    decode_offset_map,
)
from stream_service.streaming.offsets.window import Progress
from stream_service.streaming.partition import Partition
from stream_service.streaming.sessions.partition_history import BELIEVED_AFTER, PartitionHistory


def progress_at_start(
    partition: Partition,
    committed: tuple[int, str] | None,
    bounds: tuple[int, int],
    history: PartitionHistory,
    observer: StreamObserver,
    *,
    read_again_offsets: int | None,
) -> Progress:
    """The progress to go on from.

    ``bounds`` are the log's first offset and the one behind its last. A log that ends before the
    commit raises SessionFailed until that has been seen often enough to be believed. Then one that
    begins at 0 was created anew, and is read from there. One that begins later is the old one, cut
    short by a leader that lacked its last records: of it only the last ``read_again_offsets`` are
    read again, among which new records may stand in the places of those that are lost; with None
    all are.
    """
    beginning, end = bounds
    if committed is None:
        if end > beginning:
            observer.begins_without_commit(partition, beginning, end)
        return Progress(beginning)
    frontier, metadata = committed
    if frontier <= end:
        history.shorter_logs = 0
        return Progress(frontier, _read_map(partition, frontier, metadata, observer))
    history.shorter_logs += 1
    if history.shorter_logs < BELIEVED_AFTER:
        raise SessionFailed(
            FailureReason.LOG_RESET, f"committed to {frontier}, the log ends at {end}"
        )
    goes_on_at = beginning
    if beginning > 0 and read_again_offsets is not None:
        goes_on_at = max(beginning, end - read_again_offsets)
    observer.log_reset(partition, frontier, end, goes_on_at)
    return Progress(goes_on_at)


def _read_map(partition: Partition, frontier: int, metadata: str, observer: StreamObserver) -> Runs:
    """Another client's words beside the offset count for nothing; the offset still does.

    Raises SessionFailed for a newer version's.
    """
    try:
        return decode_offset_map(frontier, metadata)
    except NewerMap as error:
        raise SessionFailed(
            FailureReason.NEWER_COMMIT,
            f"the group's last commit holds {error}: run the newer version until nothing is in"
            " flight (lag 0), then this one can go on",
        ) from error
    except UnreadableMap as error:
        observer.offset_map_unreadable(partition, str(error))
        return ()
