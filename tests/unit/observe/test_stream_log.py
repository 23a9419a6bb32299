"""The transport's events as log lines."""

from structlog.testing import capture_logs

from stream_service.observe.stream_log import LoggingObserver
from stream_service.streaming.partition import Partition

AT = Partition("events", 3)


def test_a_retry_names_its_trace_where_it_has_one() -> None:
    with capture_logs() as lines:
        observer = LoggingObserver()
        observer.judge_retried(AT, 41, 2, "RuntimeError", "0af7651916cd43dd8448eb211c80319c")
        observer.judge_retried(AT, 42, 1, "RuntimeError", None)
    traced, untraced = lines
    assert traced["event"] == "judge_retried"
    assert (traced["offset"], traced["attempt"]) == (41, 2)
    assert traced["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert "trace_id" not in untraced


def test_partitions_without_a_leader_are_a_warning_until_all_are_led() -> None:
    with capture_logs() as lines:
        observer = LoggingObserver()
        observer.partitions_without_leader(frozenset({AT}))
        observer.partitions_without_leader(frozenset())
    assert [(line["log_level"], line["partitions"]) for line in lines] == [
        ("warning", ["events-3"]),
        ("info", []),
    ]
