"""The targets by name. Their modules are imported late: what they import is instrumented."""

import importlib

from tests.fuzz.target import Target

TARGETS = {
    "codec": "JSON values of the topics: read and written again",
    "events": "events in plain JSON and CloudEvents, set aside and sent back",
    "offset_map": "completed-ahead metadata of commits",
    "commits": "windows over crashes: what each commit says",
    "playbook": "playbook files",
    "prices": "price tables",
    "decisions": "review decisions as Kafka records",
    "batches": "bodies of batches: arrays and JSON lines",
    "record_batches": "compressed batches of records as a broker hands them on",
    "gateway": "requests to the console's gateway, on a real Kafka",
}

NEED_KAFKA = frozenset({"gateway"})


def load(name: str) -> Target:
    """Import a target."""
    module = importlib.import_module(f"tests.fuzz.targets.{name}")
    target = module.TARGET
    assert isinstance(target, Target)
    return target
