"""Names of outcomes that are the same however often an event is worked on."""

import uuid

_OUTCOMES = uuid.UUID("5a3f0b52-6a0e-4d0e-9a7e-6f1d2c8b4e11")
"""The namespace of outcome ids; a constant, or re-runs would make new ids."""


def outcome_id(kind: str, event_id: str) -> str:
    """The id of the ``reply`` or the ``review`` of an event."""
    return str(uuid.uuid5(_OUTCOMES, f"{kind}:{event_id}"))
