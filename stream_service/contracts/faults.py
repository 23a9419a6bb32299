"""What can be wrong with a record from outside, each fault by a fixed name."""

from enum import StrEnum


class Fault(StrEnum):
    """The fixed names of faults; they stand in dead letters' headers and in metric labels."""

    EMPTY_VALUE = "empty_value"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    MALFORMED_CLOUDEVENT = "malformed_cloudevent"
    UNSUPPORTED_VERSION = "unsupported_version"
    INVALID_FIELD = "invalid_field"
    JUDGE_FAILED = "judge_failed"
    OUTPUT_TOO_LARGE = "output_too_large"
    PUBLISH_REFUSED = "publish_refused"
    REVIEW_UNAVAILABLE = "review_unavailable"


class InvalidRecord(ValueError):
    """A record that can never be processed as it is.

    ``message`` names the field and what would mend it, and holds nothing of the value.
    """

    def __init__(self, fault: Fault, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message
        self.field = field
