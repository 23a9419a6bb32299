"""TOML from a user's file, with one error for all that can be wrong with it."""

import tomllib
from typing import Any


class UnreadableToml(ValueError):
    """A text that is no TOML, or none that can be read; the message says where or why."""


def read_toml(text: str) -> dict[str, Any]:
    """Read a TOML document. Raises UnreadableToml."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableToml(f"it is not TOML: {error}") from None
    except RecursionError:
        raise UnreadableToml(
            "lists or tables in it nest too deeply; take some levels away"
        ) from None
    except ValueError:
        # Python reads no integer of more than 4,300 digits.
        raise UnreadableToml("a number in it has too many digits; write a shorter one") from None
