"""Secrets in files: where they are taken from, and what is refused by name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from stream_service.settings import (
    SettingsError,
    load_settings,
    provenance,
    secret_names,
    variable,
)

SECRET = "canary-of-a-secret"


@pytest.fixture(autouse=True)
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    return path


def api_key(*overrides: str) -> str | None:
    key = load_settings(overrides).llm.api_key
    return None if key is None else key.get_secret_value()


def test_every_secret_can_stand_in_a_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(secret_names()) == {
        "kafka.sasl_password",
        "kafka.oauth_client_secret",
        "kafka.ssl_key_password",
        "llm.api_key",
        "llm.headers",
        "llm.cache_url",
        "enrichment.headers",
        "tracing.headers",
        "console.database_url",
    }
    file.write_text(f'{{"authorization": "{SECRET}"}}\n')
    for name in secret_names():
        if name.startswith("kafka."):
            continue
        with monkeypatch.context() as context:
            context.setenv(f"{variable(name)}_FILE", str(file))
            group, _, field = name.partition(".")
            value: Any = getattr(getattr(load_settings(), group), field)
            held: SecretStr = value if isinstance(value, SecretStr) else value["authorization"]
            assert SECRET in held.get_secret_value()
            assert provenance(())[name] == f"file {file}"


def test_a_password_of_kafka_from_a_file(file: Path) -> None:
    settings = load_settings(
        [
            "kafka.security_protocol=SASL_SSL",
            "kafka.sasl_username=u",
            f"kafka.sasl_password_file={file}",
        ]
    )
    assert settings.kafka.sasl_password is not None
    assert settings.kafka.sasl_password.get_secret_value() == SECRET


def test_the_new_line_at_the_end_is_no_part_of_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_bytes(f" {SECRET} \r\n".encode())
    monkeypatch.setenv("STREAM_LLM__API_KEY_FILE", str(file))
    assert api_key() == f" {SECRET} "


def test_both_are_refused_by_name(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_LLM__API_KEY_FILE", str(file))
    monkeypatch.setenv("STREAM_LLM__API_KEY", "other")
    with pytest.raises(SettingsError) as refused:
        api_key()
    assert str(refused.value) == (
        "STREAM_LLM__API_KEY and STREAM_LLM__API_KEY_FILE are both given: keep one"
    )


def test_a_flag_wins_over_the_environment_and_that_over_dotenv(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("STREAM_LLM__API_KEY=of-dotenv\n")
    assert api_key() == "of-dotenv"
    assert provenance(())["llm.api_key"] == ".env"
    monkeypatch.setenv("STREAM_LLM__API_KEY_FILE", str(file))
    assert api_key() == SECRET
    assert api_key("llm.api_key=of-flag") == "of-flag"
    assert provenance(["llm.api_key=of-flag"])["llm.api_key"] == "flag"
    other = tmp_path / "other"
    other.write_text("of another file")
    assert api_key(f"llm.api_key_file={other}") == "of another file"


def test_a_file_named_in_dotenv(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(f"STREAM_LLM__API_KEY_FILE={file}\n")
    assert api_key() == SECRET
    monkeypatch.setenv("STREAM_LLM__API_KEY", "of the environment")
    assert api_key() == "of the environment"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file or directory"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"a" * (1024 * 1024 + 1), "is larger than a secret may be"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, words: str
) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("STREAM_LLM__API_KEY_FILE", str(path))
    with pytest.raises(SettingsError) as refused:
        api_key()
    assert "STREAM_LLM__API_KEY_FILE" in str(refused.value)
    assert str(path) in str(refused.value)
    assert words in str(refused.value)


@pytest.mark.parametrize("content", [SECRET, f'["{SECRET}"]', f'{{"a": "{SECRET}'])
def test_headers_in_a_file_must_be_an_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    path = tmp_path / "headers"
    path.write_text(content)
    monkeypatch.setenv("STREAM_LLM__HEADERS_FILE", str(path))
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "STREAM_LLM__HEADERS" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_headers_that_are_no_json_are_refused_without_their_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STREAM_LLM__HEADERS", f'{{"a": "{SECRET}')
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "llm.headers (STREAM_LLM__HEADERS)" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_only_secrets_have_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_LLM__MODEL_FILE", "model")
    with pytest.raises(SettingsError, match="STREAM_LLM__MODEL_FILE is no setting"):
        load_settings()
