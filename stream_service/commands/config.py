"""``stream-service config``: the settings in force."""

import re
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson
from rich.console import Console
from rich.table import Table

from stream_service.settings import Settings, names, provenance

_MASK = "**********"
"""As pydantic masks secrets."""


def show_config(settings: Settings, overrides: Sequence[str], *, as_json: bool) -> None:
    """Print every setting, its value and where it comes from; secrets are masked."""
    values: dict[str, Any] = settings.model_dump(mode="json")
    origins = provenance(overrides)
    rows = [(name, _value(values, name), origins[name]) for name in names()]
    if as_json:
        document = {name: {"value": value, "from": origin} for name, value, origin in rows}
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    table = Table("setting", "value", "from")
    for name, value, origin in rows:
        table.add_row(name, "" if value is None else str(value), origin)
    Console().print(table)


def _value(values: dict[str, Any], name: str) -> Any:
    group, _, field = name.partition(".")
    value = values[group][field]
    return _masked(value) if isinstance(value, str) and "://" in value else value


def _masked(url: str) -> str:
    """A URL without what may be a secret: who signs on there, and the values of its query."""
    parts = urlsplit(url)
    query = re.sub(r"=[^&]*", f"={_MASK}", parts.query)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{_MASK}@{host}" if "@" in parts.netloc else host
    return urlunsplit(parts._replace(netloc=netloc, query=query))
