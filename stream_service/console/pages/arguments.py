"""What a page's script sends: of a browser anything may come."""

import re
from collections.abc import Mapping
from typing import cast

from nicegui.events import GenericEventArguments

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, and half a character: no text in the database has them, and it fails where it is asked."""


def given_fields(event: GenericEventArguments) -> Mapping[str, str | None]:
    """The texts of an object, by their names; what is no text is left out."""
    sent: object = event.args
    if not isinstance(sent, dict):
        return {}
    given = cast(dict[object, object], sent)
    return {
        str(name): value for name, value in given.items() if value is None or isinstance(value, str)
    }


def given_text(event: GenericEventArguments) -> str:
    """A text that something may be named by; empty for anything else."""
    return as_name(event.args) if isinstance(event.args, str) else ""


def as_name(text: str) -> str:
    """``text`` as what is stored may be called."""
    return _UNSTORABLE.sub("", text)


def given_texts(event: GenericEventArguments, most: int) -> list[str]:
    """A list of at most so many texts; what is no text is left out."""
    sent: object = event.args
    if not isinstance(sent, list):
        return []
    given = cast(list[object], sent)
    return [one for one in given if isinstance(one, str)][:most]
