"""What holds of every refusal."""

from stream_service.contracts.faults import Fault, InvalidRecord

LONGEST_MESSAGE = 400
"""A sentence, whatever was in the record."""


def check_refusal(refusal: InvalidRecord) -> None:
    """A refusal names its fault, and the field where one is wrong, in a sentence."""
    assert isinstance(refusal.fault, Fault)
    assert refusal.message.strip()
    assert len(refusal.message) < LONGEST_MESSAGE, "the message grows with the value"
    refusal.message.encode()
    if refusal.fault is Fault.INVALID_FIELD:
        assert refusal.field, f"no field is named: {refusal.message}"
        assert refusal.message.startswith(refusal.field), refusal.message
