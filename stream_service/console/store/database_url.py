"""``console.database_url``: which database, and what its driver is to be told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.store.system_roots import SYSTEM, system_roots

_SETTING = "console.database_url"

_FORM = (
    f"{_SETTING} must be sqlite:///a/file.db or postgresql://user:password@host:5432/database, with"
    " @ : / in a password written %40 %3A %2F"
)

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}

_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile")
_WORDS = {
    "sslmode": "disable, allow, prefer, require, verify-ca, verify-full",
    "target_session_attrs": "any, primary, standby, prefer-standby, read-write, read-only",
    "channel_binding": "disable, prefer, require",
}
_NUMBERS = ("connect_timeout", "prepared_statement_cache_size")
"""libpq's names, which managed databases write into their URLs
(https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS), and SQLAlchemy's
for whoever stands behind a pooler."""

_OF_DRIVER = ("sslmode", *_FILES, "target_session_attrs", "application_name")
"""asyncpg reads them by libpq's names."""

_KNOWN = (*_OF_DRIVER, "channel_binding", *_NUMBERS)

_OF_SQLALCHEMY = ("host", "port", "prepared_statement_cache_size")
"""SQLAlchemy reads them itself; the folder of a socket may be a host, and there may be several."""

_SEVERAL_HOSTS = re.compile(
    r"(?P<before>[\w+]+://(?>(?:[^@?]*@)?))(?P<hosts>[^/?@]+,[^/?@]*)(?P<after>(?:[/?].*)?)"
)
_HOST = re.compile(r"(?P<name>[^:\[\]]+)(?::(?P<port>[0-9]{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A URL as SQLAlchemy takes it, and what the driver is given beside it."""

    url: URL
    connect_args: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def is_postgresql(self) -> bool:
        """Else it is SQLite."""
        return self.url.drivername == _DRIVERS["postgresql"]


def read_database_url(text: str) -> DatabaseAddress:
    """Read the setting. Raises DatabaseUnavailable, which names what is wrong and no password."""
    try:
        given = make_url(_with_hosts_apart(text))
    except (ArgumentError, ValueError):
        # What is said of a port may be a password.
        raise DatabaseUnavailable(_FORM) from None
    driver = _DRIVERS.get(given.get_backend_name())
    if driver is None or "," in (given.host or ""):
        raise DatabaseUnavailable(_FORM)
    url = given.set(drivername=driver)
    if driver == _DRIVERS["sqlite"]:
        if url.query:
            raise DatabaseUnavailable(f"{_SETTING}: a SQLite file takes no parameters")
        return DatabaseAddress(url)
    parameters = _parameters(url)
    url = url.set(query={name: url.query[name] for name in _OF_SQLALCHEMY if name in url.query})
    return DatabaseAddress(url, _connect_args(parameters))


def _with_hosts_apart(text: str) -> str:
    """libpq writes several hosts with commas, SQLAlchemy each as a parameter."""
    several = _SEVERAL_HOSTS.fullmatch(text)
    if several is None:
        return text
    hosts: list[tuple[str, str]] = []
    for one in several["hosts"].split(","):
        host = _HOST.fullmatch(one)
        if host is None:
            return text
        hosts.append(("host", f"{host['name']}:{host['port'] or 5432}"))
    path, mark, query = several["after"].partition("?")
    return (
        f"{several['before']}{path or '/'}?{query}{'&' if mark and query else ''}{urlencode(hosts)}"
    )


def _parameters(url: URL) -> Mapping[str, str]:
    """Those by libpq's names. Raises DatabaseUnavailable."""
    parameters: dict[str, str] = {}
    for name, value in url.query.items():
        if name in ("host", "port"):
            continue
        # SQLAlchemy's own word for the mode.
        known = "sslmode" if name == "ssl" else name
        if known not in _KNOWN:
            raise DatabaseUnavailable(
                f"{_SETTING}: {name} is not known; there are {', '.join(_KNOWN)}"
            )
        if not isinstance(value, str) or known in parameters:
            raise DatabaseUnavailable(f"{_SETTING}: {name} is given more than once")
        parameters[known] = value
    for name, value in parameters.items():
        _check(name, value)
    if parameters.get("channel_binding") == "require" and not _tells_the_server(parameters):
        raise DatabaseUnavailable(
            f"{_SETTING}: channel_binding=require is not to be had here; leave it out, or give"
            " sslmode=verify-full, which makes as sure of the server"
        )
    return parameters


def _check(name: str, value: str) -> None:
    """Raises DatabaseUnavailable."""
    if name in _WORDS and value not in _WORDS[name].split(", "):
        raise DatabaseUnavailable(f"{_SETTING}: {name} must be one of {_WORDS[name]}")
    if name in _NUMBERS and not (value.isascii() and value.isdecimal()):
        raise DatabaseUnavailable(f"{_SETTING}: {name} must be a whole number")
    is_file = name in _FILES and (name, value) != ("sslrootcert", SYSTEM)
    if is_file and not Path(value).is_file():
        raise DatabaseUnavailable(f"{_SETTING}: {name} names a file that is not there: {value}")


def _tells_the_server(parameters: Mapping[str, str]) -> bool:
    """Whether the server's certificate and name are verified."""
    return parameters.get("sslrootcert") == SYSTEM or parameters.get("sslmode") == "verify-full"


def _connect_args(parameters: Mapping[str, str]) -> Mapping[str, object]:
    """What the driver is given. Raises DatabaseUnavailable."""
    given = {name: parameters[name] for name in parameters if name in _OF_DRIVER}
    args: dict[str, object] = {}
    if given.get("sslrootcert") == SYSTEM:
        # As libpq has it: whom such an authority vouches for is anybody, but for the name.
        if given.get("sslmode", "verify-full") != "verify-full":
            raise DatabaseUnavailable(
                f"{_SETTING}: sslrootcert=system goes with sslmode=verify-full alone"
            )
        args["ssl"] = system_roots(
            certificate=given.pop("sslcert", None),
            key=given.pop("sslkey", None),
            revoked=given.pop("sslcrl", None),
        )
        given = {name: given[name] for name in given if name not in ("sslmode", "sslrootcert")}
    if given:
        # asyncpg reads libpq's parameters out of a URL alone; host, user and database come beside.
        args["dsn"] = f"postgresql:///?{urlencode(given)}"
    # 0, for libpq, is to wait without a bound: the usual one stays.
    if seconds := int(parameters.get("connect_timeout", 0)):
        args["timeout"] = float(seconds)
    return args
