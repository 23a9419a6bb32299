"""Every knob of the service: from flags, the environment, ``.env``, or its default.

The setting ``kafka.bootstrap_servers``, for one, is the environment variable
``STREAM_KAFKA__BOOTSTRAP_SERVERS`` and the flag ``--set kafka.bootstrap_servers=…``. What is given
and is no setting is refused by name.
"""

import difflib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from dotenv import dotenv_values
from pydantic import (
    ValidationError,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableVariable

from stream_service.settings.groups import (
    ConsoleSettings,
    ConsumerSettings,
    EnrichmentSettings,
    KafkaSettings,
    LagSettings,
    LlmSettings,
    LocalAnalystSettings,
    LogSettings,
    MetricsSettings,
    PlaybookSettings,
    SettingsGroup,
    TopicSettings,
    TracingSettings,
    secrets_in,
)
from stream_service.settings.secret_files import SUFFIX, Given, SecretUnreadable, secrets_of

PREFIX = "STREAM_"
DELIMITER = "__"
_ELSEWHERE = ("STREAM_DEVKIT__", "STREAM_TEST_")
"""Read by the development kit and the tests, which the service does not know."""


_AS_AN_OBJECT = 'write it as a JSON object of texts: {"name": "…"}'


class SettingsError(Exception):
    """A setting is wrong; the message names it and the fix."""


class Settings(BaseSettings):
    """All settings."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        env_file=".env",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    kafka: KafkaSettings = KafkaSettings()
    topics: TopicSettings = TopicSettings()
    consumer: ConsumerSettings = ConsumerSettings()
    local: LocalAnalystSettings = LocalAnalystSettings()
    llm: LlmSettings = LlmSettings()
    enrichment: EnrichmentSettings = EnrichmentSettings()
    playbook: PlaybookSettings = PlaybookSettings()
    metrics: MetricsSettings = MetricsSettings()
    tracing: TracingSettings = TracingSettings()
    lag: LagSettings = LagSettings()
    console: ConsoleSettings = ConsoleSettings()
    log: LogSettings = LogSettings()


def load_settings(overrides: Sequence[str] = ()) -> Settings:
    """Read the settings; ``overrides`` are ``name=value`` and win. Raises SettingsError."""
    _refuse_unknown_variables()
    flags = _parse_overrides(overrides)
    given: dict[str, dict[str, Any]] = {}
    for name, value in flags.items():
        if name in names():
            _put(given, name, _mapping(value, f"--set {name}") if name in _mappings() else value)
    for name, secret in _secrets_in_files(flags).items():
        _put(given, name, _of_mapping(name, secret) if name in _mappings() else secret.value)
    try:
        return Settings(**cast(dict[str, Any], given))
    except ValidationError as error:
        raise SettingsError(_describe(error)) from None
    except UnreadableVariable:
        # Of pydantic's own, which names the group alone, and holds what could not be read as its
        # cause.
        raise SettingsError(_unreadable_mapping()) from None


def names() -> Sequence[str]:
    """The dotted names of all settings."""
    return [
        f"{group}.{name}"
        for group, field in Settings.model_fields.items()
        for name in cast(type[SettingsGroup], field.annotation).model_fields
    ]


def secret_names() -> Sequence[str]:
    """Those of settings that are secrets, which may stand in files."""
    return [
        f"{group}.{name}"
        for group, field in Settings.model_fields.items()
        for name in secrets_in(cast(type[SettingsGroup], field.annotation))
    ]


def _mappings() -> Sequence[str]:
    """The names of secrets that are JSON objects."""
    return [name for name in secret_names() if name.endswith(".headers")]


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper().replace(".", DELIMITER)


def provenance(overrides: Sequence[str]) -> Mapping[str, str]:
    """Where each setting's value comes from: flag, environment, .env, file or default."""
    layers = _layers(_parse_overrides(overrides))
    origins = {name: secret.origin for name, secret in _secrets_in_files(layers["flag"]).items()}
    for name in names():
        if name not in origins:
            given_in = [layer for layer, holds in layers.items() if name in holds]
            origin = given_in[0] if given_in else "default"
            origins[name] = variable(name) if origin == "environment" else origin
    return origins


def _layers(flags: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """Where settings are given, and the one that wins first."""
    known = _variables()
    return {
        "flag": flags,
        "environment": {
            known[key.upper()]: value for key, value in os.environ.items() if key.upper() in known
        },
        ".env": {known[key]: value for key, value in _dotenv().items() if key in known},
    }


def _variables() -> Mapping[str, str]:
    """The names of settings, and of their secrets' files, by variable."""
    files = [f"{name}{SUFFIX}" for name in secret_names()]
    return {variable(name): name for name in (*names(), *files)}


def _secrets_in_files(flags: Mapping[str, str]) -> Mapping[str, Given]:
    try:
        return secrets_of(secret_names(), _layers(flags), variable)
    except SecretUnreadable as error:
        raise SettingsError(str(error)) from None


def _of_mapping(name: str, secret: Given) -> Any:
    try:
        return json.loads(secret.value)
    except ValueError:
        raise SettingsError(
            f'{variable(name + SUFFIX)}: {secret.origin} holds no JSON object as {{"name": "…"}}'
        ) from None


def _mapping(value: str, place: str) -> Any:
    """What a flag holds. Raises SettingsError, without the value: it may be a secret."""
    try:
        return json.loads(value)
    except ValueError:
        raise SettingsError(f"{place}: {_AS_AN_OBJECT}") from None


def _unreadable_mapping() -> str:
    """Which variable it is that holds no JSON."""
    for layer, holds in _layers({}).items():
        for name in _mappings():
            try:
                json.loads(holds.get(name, "{}"))
            except ValueError:
                where = "" if layer == "environment" else f" in {layer}"
                return f"{name} ({variable(name)}{where}): {_AS_AN_OBJECT}"
    return f"one of {', '.join(map(variable, _mappings()))}: {_AS_AN_OBJECT}"


def _put(given: dict[str, dict[str, Any]], name: str, value: Any) -> None:
    group, _, field = name.partition(".")
    given.setdefault(group, {})[field] = value


def _refuse_unknown_variables() -> None:
    known = set(_variables())
    for found in sorted({key.upper() for key in os.environ} | set(_dotenv())):
        if not found.startswith(PREFIX) or found.startswith(_ELSEWHERE) or found in known:
            continue
        raise SettingsError(f"{found} is no setting{_suggestion(found, known)}")


def _dotenv() -> Mapping[str, str]:
    path = Path(".env")
    try:
        values = dotenv_values(path) if path.is_file() else {}
    except OSError as error:
        raise SettingsError(f".env in this folder cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(
            f".env in this folder is not UTF-8 at byte {error.start}; save it as UTF-8"
        ) from None
    return {key.upper(): value for key, value in values.items() if value is not None}


def _parse_overrides(overrides: Sequence[str]) -> dict[str, str]:
    known = {*names(), *(f"{name}{SUFFIX}" for name in secret_names())}
    given: dict[str, str] = {}
    for override in overrides:
        name, equals, value = override.partition("=")
        if not equals:
            # Not in full: it may be a secret that was meant as a value.
            raise SettingsError("--set takes name=value, as --set log.level=debug")
        if name not in known:
            raise SettingsError(f"--set {name}: no such setting{_suggestion(name, known)}")
        given[name] = value
    return given


def _suggestion(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else "; stream-service config lists them"


def _describe(error: ValidationError) -> str:
    return "\n".join(_describe_one(fault["loc"], fault["msg"]) for fault in _faults(error))


def _faults(error: ValidationError) -> Iterator[Any]:
    return iter(error.errors(include_input=False, include_url=False, include_context=False))


def _describe_one(location: tuple[Any, ...], message: str) -> str:
    # What stands behind a setting's own name is the place within its object.
    name = ".".join(str(part) for part in location[:2])
    message = message.removeprefix("Value error, ")
    if len(location) == 1:
        # Of a group as a whole: the message names the settings.
        return message
    if name in _mappings():
        message = _AS_AN_OBJECT
    return f"{name} ({variable(name)}): {message}"
