"""``console.database_url``: which database, and what its driver is to be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from stream_service.console.errors import DatabaseUnavailable

_SETTING = "console.database_url"

_FORM = f"{_SETTING} must be sqlite:///a/file.db or postgresql://user:password@host:5432/database"

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}

_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_OTHERS = ("target_session_attrs", "application_name")
"""libpq's names, which managed databases write into their URLs:
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS."""

_OF_SQLALCHEMY = ("host",)
"""The folder of a socket, or another host; SQLAlchemy reads it itself."""


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A URL as SQLAlchemy takes it, and what the driver is given beside it."""

    url: URL
    connect_args: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_postgresql(self) -> bool:
        """Else it is SQLite."""
        return self.url.drivername == _DRIVERS["postgresql"]


def read_database_url(text: str) -> DatabaseAddress:
    """Read the setting. Raises DatabaseUnavailable, which names what is wrong and no password."""
    try:
        given = make_url(text)
    except ArgumentError:
        raise DatabaseUnavailable(_FORM) from None
    driver = _DRIVERS.get(given.get_backend_name())
    if driver is None:
        raise DatabaseUnavailable(_FORM)
    url = given.set(drivername=driver)
    if driver == _DRIVERS["sqlite"]:
        if url.query:
            raise DatabaseUnavailable(f"{_SETTING}: a SQLite file takes no parameters")
        return DatabaseAddress(url)
    parameters = _parameters(url)
    url = url.set(query={name: url.query[name] for name in _OF_SQLALCHEMY if name in url.query})
    if not parameters:
        return DatabaseAddress(url)
    # asyncpg reads libpq's parameters out of a URL alone; host, user and database come beside it.
    return DatabaseAddress(url, {"dsn": f"postgresql:///?{urlencode(parameters)}"})


def _parameters(url: URL) -> Mapping[str, str]:
    """Those for the driver, by libpq's names. Raises DatabaseUnavailable."""
    parameters: dict[str, str] = {}
    for name, value in url.query.items():
        if name in _OF_SQLALCHEMY:
            continue
        # SQLAlchemy's own word for the mode.
        known = "sslmode" if name == "ssl" else name
        if known not in ("sslmode", *_FILES, *_OTHERS):
            raise DatabaseUnavailable(
                f"{_SETTING}: {name} is not known; there are "
                + ", ".join(("sslmode", *_FILES, *_OTHERS))
            )
        if not isinstance(value, str) or known in parameters:
            raise DatabaseUnavailable(f"{_SETTING}: {name} is given more than once")
        parameters[known] = value
    mode = parameters.get("sslmode")
    if mode is not None and mode not in _MODES:
        raise DatabaseUnavailable(f"{_SETTING}: sslmode must be one of {', '.join(_MODES)}")
    for name in _FILES:
        if name in parameters and not Path(parameters[name]).is_file():
            raise DatabaseUnavailable(
                f"{_SETTING}: {name} names a file that is not there: {parameters[name]}"
            )
    return parameters
