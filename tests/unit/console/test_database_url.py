"""What ``console.database_url`` may hold, and how a wrong one is told."""

import ssl
import traceback
from pathlib import Path

import pytest
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.store import engine
from stream_service.console.store.database_url import read_database_url

SERVER = "postgresql://me:secret@db.example.com:5432/feedback"


def test_parameters_of_a_managed_database_reach_the_driver(tmp_path: Path) -> None:
    authority = tmp_path / "an authority.pem"
    authority.write_text("")
    address = read_database_url(
        f"{SERVER}?sslmode=verify-full&sslrootcert={authority}&application_name=console"
    )
    assert address.url.query == {}
    assert address.connect_args == {
        "dsn": "postgresql:///?sslmode=verify-full"
        f"&sslrootcert={str(authority).replace('/', '%2F').replace(' ', '+')}"
        "&application_name=console"
    }


def test_what_was_said_as_sqlalchemy_says_it_still_counts() -> None:
    assert read_database_url(f"{SERVER}?ssl=require").connect_args == {
        "dsn": "postgresql:///?sslmode=require"
    }


def test_a_folder_of_a_socket_is_sqlalchemy_s() -> None:
    address = read_database_url("postgresql://me:@/feedback?host=/run/postgresql")
    assert dict(address.url.query) == {"host": "/run/postgresql"}
    assert address.connect_args == {}


@pytest.mark.parametrize(
    ("url", "hosts", "ports"),
    [
        ("postgresql://me:p@a:5432,b:5433/feedback", ["a", "b"], [5432, 5433]),
        ("postgresql://me:p@a,b:5433/feedback?sslmode=require", ["a", "b"], [5432, 5433]),
        ("postgresql://a.example.com,10.0.0.2", ["a.example.com", "10.0.0.2"], [5432, 5432]),
        ("postgresql://me:p@/feedback?host=a:1&host=b:2", ["a", "b"], [1, 2]),
        ("postgresql://me:p@/feedback?host=a,b&port=1,2", ["a", "b"], [1, 2]),
    ],
)
def test_several_hosts_reach_the_driver(url: str, hosts: list[str], ports: list[int]) -> None:
    """A failover writes them so, with ``target_session_attrs``; libpq's form was a traceback."""
    mark = "&" if "?" in url else "?"
    address = read_database_url(f"{url}{mark}target_session_attrs=read-write")
    _, given = dialect().create_connect_args(address.url)
    assert (given["host"], given["port"]) == (hosts, ports)
    assert given.get("user") == ("me" if "@" in url else None)
    assert "target_session_attrs=read-write" in str(address.connect_args["dsn"])


def test_a_comma_in_a_password_parts_no_hosts() -> None:
    address = read_database_url("postgresql://me:se,cr/et@db.example.com/feedback")
    assert (address.url.password, address.url.host) == ("se,cr/et", "db.example.com")


def test_whoever_is_behind_a_pooler_may_say_so() -> None:
    address = read_database_url(f"{SERVER}?prepared_statement_cache_size=0")
    _, given = dialect().create_connect_args(address.url)
    assert given["prepared_statement_cache_size"] == 0
    assert address.connect_args == {}


@pytest.mark.parametrize(
    ("parameters", "given"),
    [
        ("channel_binding=prefer", {}),
        ("channel_binding=disable", {}),
        (
            "channel_binding=require&sslmode=verify-full",
            {"dsn": "postgresql:///?sslmode=verify-full"},
        ),
        ("connect_timeout=3", {"timeout": 3.0}),
        ("connect_timeout=0", {}),
    ],
)
def test_what_managed_databases_write_is_understood(
    parameters: str, given: dict[str, object]
) -> None:
    assert read_database_url(f"{SERVER}?{parameters}").connect_args == given


@pytest.mark.parametrize("mode", ["", "&sslmode=verify-full&channel_binding=require"])
def test_the_system_s_authorities_vouch_for_the_server_s_name_too(mode: str) -> None:
    address = read_database_url(f"{SERVER}?sslrootcert=system{mode}&application_name=console")
    context = address.connect_args["ssl"]
    assert isinstance(context, ssl.SSLContext)
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert address.connect_args["dsn"] == "postgresql:///?application_name=console"


def test_a_time_to_connect_is_the_driver_s(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def created(*_: object, connect_args: dict[str, object], **__: object) -> None:
        given.append(connect_args["timeout"])

    monkeypatch.setattr(engine, "create_async_engine", created)
    engine.new_engine(SERVER)
    engine.new_engine(f"{SERVER}?connect_timeout=3")
    assert given == [engine.WAIT_S, 3.0]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        pytest.param("postgresql://user:secretpw/db", "must be sqlite:///", id="no host"),
        pytest.param("postgresql://me:se@secret:x@db/feedback", "must be sqlite:///", id="an @"),
        pytest.param("postgresql://me:secret,x/feedback", "must be sqlite:///", id="a comma"),
        pytest.param(
            "postgresql://me:secret@[::1]:5432,[::2]:5432/f", "must be sqlite:///", id="several v6"
        ),
        pytest.param(f"{SERVER}?channel_binding=on", "must be one of disable, prefer", id="word"),
        pytest.param(
            f"{SERVER}?sslmode=require&channel_binding=require", "leave it out, or", id="binding"
        ),
        pytest.param(f"{SERVER}?connect_timeout=-1", "must be a whole number", id="timeout"),
        pytest.param(
            f"{SERVER}?prepared_statement_cache_size=x", "must be a whole number", id="cache"
        ),
        pytest.param(f"{SERVER}?target_session_attrs=rw", "must be one of any", id="session"),
        pytest.param(
            f"{SERVER}?sslrootcert=system&sslmode=require", "sslmode=verify-full alone", id="system"
        ),
        pytest.param(
            f"{SERVER}?sslrootcert=system&sslcert={__file__}", "cannot be read", id="no certificate"
        ),
        pytest.param("feedback.db", "must be sqlite:///", id="no URL"),
        pytest.param("mysql://me:secret@db/feedback", "must be sqlite:///", id="another kind"),
        pytest.param("sqlite:///a.db?mode=ro", "takes no parameters", id="SQLite's"),
        pytest.param(f"{SERVER}?sslmod=require", "sslmod is not known; there are sslmode", id="?"),
        pytest.param(f"{SERVER}?sslmode=on", "sslmode must be one of disable", id="mode"),
        pytest.param(f"{SERVER}?sslmode=require&ssl=prefer", "more than once", id="both names"),
        pytest.param(f"{SERVER}?sslmode=require&sslmode=prefer", "more than once", id="twice"),
        pytest.param(
            f"{SERVER}?sslrootcert=/nowhere/ca.pem", "is not there: /nowhere/ca.pem", id="no file"
        ),
    ],
)
def test_a_wrong_one_is_named_without_its_password(url: str, told: str) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:
        read_database_url(url)
    assert "console.database_url" in str(refused.value)
    assert told in str(refused.value)
    assert "secret" not in "".join(traceback.format_exception(refused.value))
