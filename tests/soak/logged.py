"""Errors that processes have logged, and whether an alert tells somebody of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import orjson

from tests.support import monitoring

_ERRORS = frozenset({"error", "critical"})

NOT_JSON = "not JSON"
"""A crash's traceback, or a library that prints: no metric counts it."""

OF_ALL = "FeedbackErrorsLogged"
"""The alert on whatever a process logs as an error and lives on."""

OF_FAULTS: Mapping[str, str] = {
    "lag_collection_failed": "FeedbackLagExporterSilent",
    "worker_died": "FeedbackWorkerRestarts",
    "worker_given_up": "FeedbackWorkerDown",
    "worker_hung": "FeedbackWorkerRestarts",
}
"""Errors that the faults of a run may bring about, and the alert that is about them."""


def logged_errors(logs: Iterable[Path]) -> Mapping[str, int]:
    """How often each error stands in the logs, by its name.

    What a library has logged is named by its logger; what is no JSON (a crash's traceback, a
    library that prints) counts as NOT_JSON.
    """
    found: Counter[str] = Counter()
    for log in logs:
        for line in log.read_bytes().splitlines():
            if name := _error_in(line):
                found[name] += 1
    return found


def uncovered(errors: Mapping[str, int]) -> Mapping[str, int]:
    """Those errors that no alert in deploy/ would tell anybody of."""
    alerts = _alerts()
    return {
        name: count
        for name, count in errors.items()
        if name == NOT_JSON or OF_FAULTS.get(name, OF_ALL) not in alerts
    }


def unexplained(errors: Mapping[str, int]) -> Mapping[str, int]:
    """Those that no fault of a run explains: somebody is told, and there is a fault of ours."""
    return {name: count for name, count in errors.items() if name not in OF_FAULTS}


@cache
def _alerts() -> frozenset[str]:
    return frozenset(alert["alert"] for alert in monitoring.alerts())


def _error_in(line: bytes) -> str | None:
    if not line.strip():
        return None
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        return NOT_JSON
    if not isinstance(told, dict):
        return NOT_JSON
    fields = cast(dict[str, Any], told)
    if fields.get("level") not in _ERRORS:
        return None
    if "logger" in fields:
        return f"{fields['logger']}: {str(fields.get('event'))[:80]}"
    return str(fields.get("event"))
