"""Pages by key: each begins behind the last row of the one before, at any depth equally fast."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import orjson

from stream_service.console.errors import ConsoleError

Item = TypeVar("Item")


class InvalidCursor(ConsoleError):
    """A cursor that no page of this list gave."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some rows of a list, and where the next ones begin."""

    items: Sequence[Item]
    next_cursor: str | None
    """None where these are the last."""


def write_cursor(*key: str | int) -> str:
    """The cursor behind the row with this key."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type[str | int]) -> tuple[Any, ...]:
    """The key in ``cursor``. Raises InvalidCursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        document = orjson.loads(base64.b64decode(padded.encode(), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise _invalid() from None
    if not isinstance(document, list):
        raise _invalid()
    key = cast(list[object], document)
    # A boolean is an integer to Python, and none to a database.
    if [type(part) for part in key] != list(kinds) or any(_is_odd(part) for part in key):
        raise _invalid()
    return tuple(key)


def _is_odd(part: object) -> bool:
    if isinstance(part, str):
        return "\x00" in part
    return isinstance(part, int) and not -(2**63) <= part < 2**63


def _invalid() -> InvalidCursor:
    return InvalidCursor("cursor: take it as the page before gave it, or leave it out")
