"""What a page's script sends: of a browser anything may come."""

from collections.abc import Mapping
from typing import Any, cast

from nicegui.events import GenericEventArguments


def given_fields(event: GenericEventArguments) -> Mapping[str, str | None]:
    """The texts of an object, by their names; what is no text is left out."""
    if not isinstance(event.args, dict):
        return {}
    given = cast(dict[Any, Any], event.args)
    return {
        str(name): value for name, value in given.items() if value is None or isinstance(value, str)
    }


def given_text(event: GenericEventArguments) -> str:
    """A text; empty for anything else."""
    return event.args if isinstance(event.args, str) else ""


def given_texts(event: GenericEventArguments, most: int) -> list[str]:
    """A list of at most so many texts; what is no text is left out."""
    if not isinstance(event.args, list):
        return []
    given = cast(list[object], event.args)
    return [one for one in given if isinstance(one, str)][:most]
