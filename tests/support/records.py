"""Input records and values, good and bad, without a broker."""

import gzip
import json
from typing import Any

from stream_service.contracts.faults import Fault
from stream_service.contracts.record import Headers, InputRecord

SECRET = "Jane-Doe-4111"
"""Stands in bad values: no message may hold it."""


def input_record(value: bytes | None, headers: Headers = (), **fields: Any) -> InputRecord:
    """A record of the events topic."""
    place: dict[str, Any] = {
        "topic": "feedback.events",
        "partition": 3,
        "offset": 41,
        "timestamp_ms": 1_700_000_000_000,
        "key": b"customer",
    }
    return InputRecord(value=value, headers=headers, **{**place, **fields})


def json_bytes(document: object) -> bytes:
    """Pure ASCII JSON, lone surrogates as escapes."""
    return json.dumps(document).encode()


def _text_in(encoding: str) -> bytes:
    return b'{"text":"' + "包裹迟到了".encode(encoding) + b'"}'


def _nested(depth: int) -> bytes:
    return b'{"text":"t","a":' + b"[" * depth + b"1" + b"]" * depth + b"}"


BAD_VALUES: dict[str, tuple[bytes | None, Fault]] = {
    "null value": (None, Fault.EMPTY_VALUE),
    "empty value": (b"", Fault.EMPTY_VALUE),
    "more than a megabyte": (json_bytes({"text": "x" * 1_000_001}), Fault.TOO_LARGE),
    "GBK": (_text_in("gbk"), Fault.NOT_UTF8),
    "UTF-16 with its mark": ('{"text":"t"}'.encode("utf-16"), Fault.NOT_UTF8),
    "gzip": (gzip.compress(b'{"text":"t"}'), Fault.NOT_UTF8),
    "CESU-8": (b'{"text":"\xed\xa0\xbd\xed\xb8\x8a"}', Fault.NOT_UTF8),
    "overlong UTF-8": (b'{"text":"\xc0\xaf"}', Fault.NOT_UTF8),
    "cut UTF-8": (b'{"text":"\xe5\x8c', Fault.NOT_UTF8),
    "no JSON": (f"hello, {SECRET}".encode(), Fault.NOT_JSON),
    "cut JSON": (f'{{"text":"{SECRET}'.encode(), Fault.NOT_JSON),
    "two documents": (b'{"text":"t"}{"text":"t"}', Fault.NOT_JSON),
    "white space": (b" \n\t", Fault.NOT_JSON),
    "one NUL": (b"\x00", Fault.NOT_JSON),
    "NUL in a string": (b'{"text":"a\x00b"}', Fault.NOT_JSON),
    "byte order mark alone": (b"\xef\xbb\xbf", Fault.NOT_JSON),
    "null": (b"null", Fault.NOT_AN_OBJECT),
    "array": (json_bytes([{"text": SECRET}]), Fault.NOT_AN_OBJECT),
    "number": (b"41", Fault.NOT_AN_OBJECT),
    "string": (json_bytes(SECRET), Fault.NOT_AN_OBJECT),
    "boolean": (b"true", Fault.NOT_AN_OBJECT),
    "depth 65": (_nested(64), Fault.TOO_DEEP),
    "depth 10,000": (_nested(10_000), Fault.TOO_DEEP),
    "depth 400,000": (b"[" * 400_000, Fault.TOO_DEEP),
    "duplicate keys": (f'{{"text":"t","text":"{SECRET}"}}'.encode(), Fault.DUPLICATE_KEY),
    "duplicate keys by escape": (b'{"text":"t","te\\u0078t":"u"}', Fault.DUPLICATE_KEY),
    "nested duplicate keys": (b'{"text":"t","x":[{"a":1,"a":2}]}', Fault.DUPLICATE_KEY),
    "NaN": (b'{"text":"t","x":NaN}', Fault.NUMBER_OUT_OF_RANGE),
    "Infinity": (b'{"text":"t","x":Infinity}', Fault.NUMBER_OUT_OF_RANGE),
    "-Infinity": (b'{"text":"t","x":-Infinity}', Fault.NUMBER_OUT_OF_RANGE),
    "1e400": (b'{"text":"t","x":1e400}', Fault.NUMBER_OUT_OF_RANGE),
    "integer of 65 bits": (b'{"text":"t","x":18446744073709551616}', Fault.NUMBER_OUT_OF_RANGE),
    "integer of 5,000 digits": (
        b'{"text":"t","rating":' + b"9" * 5_000 + b"}",
        Fault.NUMBER_OUT_OF_RANGE,
    ),
    "no text": (json_bytes({"customer_id": SECRET}), Fault.INVALID_FIELD),
    "null text": (b'{"text":null}', Fault.INVALID_FIELD),
    "empty text": (b'{"text":""}', Fault.INVALID_FIELD),
    "white text": (json_bytes({"text": " \n\t\u3000\u00a0\u2028"}), Fault.INVALID_FIELD),
    "invisible text": (json_bytes({"text": "\u200b\u200d\ufeff\u2060\u200c"}), Fault.INVALID_FIELD),
    "text of lone surrogates": (json_bytes({"text": "\udfff\ud800"}), Fault.INVALID_FIELD),
    "text of 50,001 characters": (json_bytes({"text": "x" * 50_001}), Fault.INVALID_FIELD),
    "text is an object": (json_bytes({"text": {"body": SECRET}}), Fault.INVALID_FIELD),
    "rating out of range": (b'{"text":"t","rating":6}', Fault.INVALID_FIELD),
    "rating is no number": (json_bytes({"text": "t", "rating": SECRET}), Fault.INVALID_FIELD),
    "time is no time": (json_bytes({"text": "t", "occurred_at": SECRET}), Fault.INVALID_FIELD),
    "time before the year 1": (
        b'{"text":"t","occurred_at":"0001-01-01T00:00:00+23:59"}',
        Fault.INVALID_FIELD,
    ),
    "time after the year 9999": (
        b'{"text":"t","occurred_at":"9999-12-31T23:59:59-23:59"}',
        Fault.INVALID_FIELD,
    ),
    "name of 201 characters": (
        json_bytes({"text": "t", "customer_id": SECRET * 20}),
        Fault.INVALID_FIELD,
    ),
    "attribute is a list": (
        json_bytes({"text": "t", "attributes": {SECRET: [SECRET]}}),
        Fault.INVALID_FIELD,
    ),
    "attribute's name is a lone surrogate": (
        json_bytes({"text": "t", "attributes": {"\ud800": []}}),
        Fault.INVALID_FIELD,
    ),
    "attribute's name is too long": (
        json_bytes({"text": "t", "attributes": {SECRET * 50_000: 1}}),
        Fault.INVALID_FIELD,
    ),
    "65 attributes": (
        json_bytes({"text": "t", "attributes": {f"a{number}": number for number in range(65)}}),
        Fault.INVALID_FIELD,
    ),
}
"""Values that can never be processed, by what is wrong with them, and the fault that names it."""

BAD_CLOUDEVENTS: dict[str, tuple[bytes, Headers, Fault]] = {
    "binary, other specversion": (
        b'{"text":"t"}',
        (("ce_specversion", b"0.3"), ("ce_type", b"any")),
        Fault.MALFORMED_CLOUDEVENT,
    ),
    "binary, no type": (b'{"text":"t"}', (("ce_specversion", b"1.0"),), Fault.MALFORMED_CLOUDEVENT),
    "binary, type is not UTF-8": (
        b'{"text":"t"}',
        (("ce_specversion", b"1.0"), ("ce_type", b"\xff")),
        Fault.MALFORMED_CLOUDEVENT,
    ),
    "binary, another major version": (
        b'{"text":"t"}',
        (("ce_specversion", b"1.0"), ("ce_type", b"stream-service.feedback.event.v2")),
        Fault.UNSUPPORTED_VERSION,
    ),
    "binary, no JSON": (
        SECRET.encode(),
        (("ce_specversion", b"1.0"), ("ce_type", b"any")),
        Fault.NOT_JSON,
    ),
    "structured, no specversion": (
        b'{"type":"any","data":{"text":"t"}}',
        (("content-type", b"application/cloudevents+json"),),
        Fault.MALFORMED_CLOUDEVENT,
    ),
    "structured, specversion is a number": (
        b'{"specversion":1.0,"type":"any","data":{"text":"t"}}',
        (),
        Fault.MALFORMED_CLOUDEVENT,
    ),
    "structured, no type": (
        b'{"specversion":"1.0","data":{"text":"t"}}',
        (),
        Fault.MALFORMED_CLOUDEVENT,
    ),
    "structured, another major version": (
        b'{"specversion":"1.0","type":"stream-service.feedback.event.v2","data":{"text":"t"}}',
        (),
        Fault.UNSUPPORTED_VERSION,
    ),
    "structured, no data": (
        b'{"specversion":"1.0","type":"any"}',
        (("content-type", b"application/cloudevents+json"),),
        Fault.MALFORMED_CLOUDEVENT,
    ),
    "structured, data is text": (
        json_bytes({"specversion": "1.0", "type": "any", "data": SECRET}),
        (),
        Fault.MALFORMED_CLOUDEVENT,
    ),
    "structured, data_base64 is not base64": (
        json_bytes({"specversion": "1.0", "type": "any", "data_base64": f"{SECRET}!"}),
        (),
        Fault.MALFORMED_CLOUDEVENT,
    ),
    "structured, data_base64 is a number": (
        b'{"specversion":"1.0","type":"any","data_base64":7}',
        (),
        Fault.MALFORMED_CLOUDEVENT,
    ),
    "structured, data_base64 holds no JSON": (
        b'{"specversion":"1.0","type":"any","data_base64":"aGVsbG8="}',
        (),
        Fault.NOT_JSON,
    ),
    "structured, data_base64 holds an array": (
        b'{"specversion":"1.0","type":"any","data_base64":"W10="}',
        (),
        Fault.MALFORMED_CLOUDEVENT,
    ),
    "structured, no JSON": (
        SECRET.encode(),
        (("content-type", b"application/cloudevents+json; charset=UTF-8"),),
        Fault.NOT_JSON,
    ),
}
"""Envelopes that cannot be opened: value, headers, and the fault that names what is wrong."""
