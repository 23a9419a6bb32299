"""What a search looks through, and how both sides of it are written so that they meet."""

import re

MAX_VALUE_CHARACTERS = 16_384
"""Of a value: far above any feedback. A search reads them all, and the rest costs it time."""

_BETWEEN = "\x1e"
"""Between two parts, so that nothing is found where one ends and the next begins."""

_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
"""JSON's, in a row: a character beyond the first 65,536 is two of them."""


def folded(text: str) -> str:
    """``text`` as it is compared: without case, and without NUL, which PostgreSQL refuses."""
    return text.casefold().replace("\x00", "")


def searched_text(*, key: bytes | None, value: bytes | None, told: tuple[str, ...]) -> str:
    """All that a dead letter is found by: what is ``told`` of it, its key, its value's beginning.

    Bytes that are no UTF-8 are not searched. Chinese that a publisher's JSON writes as escapes is
    found as it is read, too.
    """
    content = _text(value)[:MAX_VALUE_CHARACTERS]
    read = _ESCAPES.sub(_unescaped, content)
    parts = [*told, _text(key), content]
    if read != content:
        parts.append(read)
    return _BETWEEN.join(folded(part) for part in parts)


def _text(value: bytes | None) -> str:
    try:
        return (value or b"").decode()
    except UnicodeDecodeError:
        return ""


def _unescaped(escapes: re.Match[str]) -> str:
    units = bytes.fromhex(escapes[0].replace("\\u", ""))
    return units.decode("utf-16-be", errors="replace")
