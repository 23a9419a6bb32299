"""JSON values of the topics that others write to, or that are read back: valid or refused."""

from stream_service.contracts.codec import decode, encode
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.model import WireModel
from stream_service.contracts.review import ReviewDecision
from stream_service.contracts.review_result import ReviewState
from tests.fuzz.invariants import check_refusal
from tests.fuzz.target import target_of_bytes

MODELS: tuple[type[WireModel], ...] = (FeedbackEvent, ReviewDecision, ReviewState)

SEEDS = [
    b'{"event_id":"e","customer_id":7,"text":"Two cups, \\ud83d\\ude00 \\u200b broken","rating":2,'
    b'"channel":"app","language":"en-GB","product":"cup","occurred_at":"2026-01-02T03:04:05+08:00",'
    b'"attributes":{"vip":true,"n":3,"share":-0.5e-3,"shop":"Bonn","x":null}}',
    '{"text":"包裹晚到了两个星期。","occurred_at":1700000000}'.encode(),
    b'{"decision_id":"d","event_id":"e","review":{"partition":0,"offset":1},"type":"edit",'
    b'"args":{"text":"It is on its way."},"reviewer":"r","decided_at":"2026-01-02T03:04:05Z"}',
    b'{"event_id":"e","decision_id":"d","type":"ignore","review":{"partition":0,"offset":1},'
    b'"decided_at":"2026-01-02T03:04:05Z"}',
    b'\x00\x00\x00\x00\x07\xef\xbb\xbf{"text":"t"}',
]
TOKENS = [
    *(f'"{name}":'.encode() for model in MODELS for name in model.model_fields),
    *(b"NaN", b"1e999", b"-0", b"null", b"true", b'"\\ud800"', b"\\u0000", b"[[[[", b"{}", b"\xff"),
    *(b"18446744073709551616", b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59-23:59"),
    *(b"accept", b"response", b"\\u200b", b'"",', b"1.5", b"-1"),
]


def check(value: bytes) -> None:
    """A value is a model, which comes back the same, or it is refused by name."""
    for model in MODELS:
        try:
            read = decode(model, value)
        except InvalidRecord as refusal:
            check_refusal(refusal)
            continue
        written = encode(read)
        again = decode(model, written)
        assert again == read, "what is written is read as something else"
        assert encode(again) == written


TARGET = target_of_bytes(check, SEEDS, TOKENS)
