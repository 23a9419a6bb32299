"""What ``console.database_url`` may hold, and how a wrong one is told."""

from pathlib import Path

import pytest

from stream_service.console.errors import DatabaseUnavailable
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
    ("url", "told"),
    [
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
    assert "secret" not in str(refused.value)
