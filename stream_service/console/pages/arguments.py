"""What a page's script sends: of a browser anything may come."""

from collections.abc import Mapping
from typing import cast

from nicegui.events import GenericEventArguments


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
    """A text; empty for anything else."""
    return event.args if isinstance(event.args, str) else ""


def given_texts(event: GenericEventArguments, most: int) -> list[str]:
    """A list of at most so many texts; what is no text is left out."""
    sent: object = event.args
    if not isinstance(sent, list):
        return []
    given = cast(list[object], sent)
    return [one for one in given if isinstance(one, str)][:most]
