"""One valid traceparent goes on; anything else is ignored, never appended to."""

import pytest

from stream_service.contracts.record import Headers
from stream_service.contracts.trace_context import valid_traceparent, with_traceparent

GOOD = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-11f7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


def test_a_valid_traceparent_is_read_whatever_the_case_of_its_name() -> None:
    assert valid_traceparent((("other", b"x"), ("TraceParent", GOOD.encode()))) == GOOD


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\xff\xfe",
        GOOD.upper().encode(),
        GOOD.encode() + b"\n",
        GOOD.encode() + b"-extra",
        b"ff" + GOOD.encode()[2:],
        b"00-" + b"0" * 32 + GOOD.encode()[35:],
        GOOD.encode()[:36] + b"0" * 16 + b"-01",
        GOOD.replace("0af", "٠af").encode(),
    ],
)
def test_a_malformed_traceparent_is_ignored(value: bytes | None) -> None:
    assert valid_traceparent((("traceparent", value),)) is None


@pytest.mark.parametrize("second", [GOOD.encode(), OTHER.encode(), b"", None])
def test_a_doubled_traceparent_is_ignored(second: bytes | None) -> None:
    assert valid_traceparent((("traceparent", GOOD.encode()), ("Traceparent", second))) is None


def test_a_traceparent_is_replaced_and_not_appended() -> None:
    headers: Headers = (("TRACEPARENT", b"old"), ("ce_id", b"e"), ("traceparent", OTHER.encode()))
    assert with_traceparent(headers, GOOD) == (("ce_id", b"e"), ("traceparent", GOOD.encode()))
    assert with_traceparent(headers, None) == (("ce_id", b"e"),)
