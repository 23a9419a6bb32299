"""Errors that processes have logged, and whether an alert tells somebody of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import orjson

from tests.support import monitoring

_ERRORS = frozenset({"error", "critical"})

ALERTS_OF_ERRORS: Mapping[str, str] = {
    "lag_collection_failed": "FeedbackLagExporterSilent",
    "worker_died": "FeedbackWorkerRestarts",
    "worker_given_up": "FeedbackWorkerDown",
    "worker_hung": "FeedbackWorkerRestarts",
}
"""Which alert tells of an error's cause, by the log event's name."""


def logged_errors(logs: Iterable[Path]) -> Mapping[str, int]:
    """How often each error stands in the logs, by its name.

    What a library has logged is named by its logger; what is no JSON (a crash's traceback, a
    library that prints) counts as ``not JSON``.
    """
    found: Counter[str] = Counter()
    for log in logs:
        for line in log.read_bytes().splitlines():
            if name := _error_in(line):
                found[name] += 1
    return found


def uncovered(errors: Mapping[str, int]) -> Mapping[str, int]:
    """Those errors that no alert in deploy/ would tell anybody of."""
    alerts = {alert["alert"] for alert in monitoring.alerts()}
    return {
        name: count for name, count in errors.items() if ALERTS_OF_ERRORS.get(name) not in alerts
    }


def _error_in(line: bytes) -> str | None:
    if not line.strip():
        return None
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        return "not JSON"
    if not isinstance(told, dict):
        return "not JSON"
    fields = cast(dict[str, Any], told)
    if fields.get("level") not in _ERRORS:
        return None
    if "logger" in fields:
        return f"{fields['logger']}: {str(fields.get('event'))[:80]}"
    return str(fields.get("event"))
