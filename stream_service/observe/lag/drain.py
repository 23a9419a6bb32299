"""How long what waits will take at the present pace."""

from math import inf

from stream_service.observe.lag.history import History


def drain_estimate_s(history: History, unprocessed: int) -> float | None:
    """Seconds until ``unprocessed`` records are processed, at the pace of the window.

    What arrives meanwhile is not counted: this is the time to catch up with now. It has nothing to
    do with the age of a record, which says how long somebody has waited already. Infinite when
    nothing was processed in the whole window; None while too little has been observed.
    """
    if unprocessed == 0:
        return 0.0
    observations = history.observations()
    if len(observations) < 2:
        return None
    first, last = observations[0], observations[-1]
    elapsed_s, processed = last.at - first.at, last.processed - first.processed
    if elapsed_s <= 0 or processed < 0:
        # After a rewind there is no pace until the window has slid past it.
        return None
    if processed == 0:
        return inf if history.is_full else None
    return unprocessed * elapsed_s / processed
