"""Every way in, and every way to be turned away: in words, in bounded time."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from stream_service.contracts.record import OutputRecord
from stream_service.contracts.topics import Topics
from stream_service.observe.broker_probe import BrokerProbe
from stream_service.observe.lag.brokers import Brokers
from stream_service.observe.lag.exporter import LagExporter
from stream_service.observe.lag.monitor import LagMonitor, LagOptions
from stream_service.settings import Settings, SettingsError, load_settings
from stream_service.streaming.access.rules import AclRule, Operation, ResourceKind
from stream_service.streaming.client.closing import end_tasks
from stream_service.streaming.client.tls import TlsFilesUnusable
from stream_service.streaming.errors import BrokerUnreachable, ConnectionRefused
from stream_service.streaming.publishing.publisher import RecordPublisher
from stream_service.streaming.reading.reader import read_records
from stream_service.streaming.topic_administration import TopicAdministration
from stream_service.transport_settings import connection_of
from stream_service.worker import run_worker
from tests.support.guarded_kafka import (
    EXPIRED,
    MUTUAL_TLS,
    PASSWORDS,
    SASL,
    SASL_TLS,
    SCRAM_ONLY,
    WRONG_NAME,
    GuardedKafka,
    until_allowed,
)
from tests.support.token_endpoint import (
    TokenEndpointSimulator,
    token_endpoint,
    unsigned_token,
)
from tests.support.waiting import until

WITHIN_S = 20.0
"""Of a start that would wait 60 s for a broker that is away."""

SECRET = "secret of the client"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def provider(guarded: GuardedKafka) -> AsyncIterator[TokenEndpointSimulator]:
    keystore = guarded.authority.server("127.0.0.1")
    async with token_endpoint(secret=SECRET, subject="publisher", keystore=keystore) as simulator:
        yield simulator


def by_token(guarded: GuardedKafka, provider: TokenEndpointSimulator, *settings: str) -> list[str]:
    return guarded.flags(
        SASL_TLS,
        "kafka.security_protocol=SASL_SSL",
        f"kafka.ssl_ca_file={guarded.authority.file}",
        "kafka.sasl_mechanism=OAUTHBEARER",
        f"kafka.oauth_token_url={provider.url}",
        "kafka.oauth_client_id=service",
        f"kafka.oauth_client_secret={SECRET}",
        f"kafka.oauth_ca_file={guarded.authority.file}",
        *settings,
    )


def by_certificate(guarded: GuardedKafka, *settings: str) -> list[str]:
    return guarded.flags(
        MUTUAL_TLS,
        "kafka.security_protocol=SSL",
        f"kafka.ssl_ca_file={guarded.authority.file}",
        *settings,
    )


WaysIn = Callable[[GuardedKafka, TokenEndpointSimulator], list[str]]

WAYS_IN: dict[str, WaysIn] = {
    **{
        f"{mechanism}{'-tls' if tls else ''}": lambda guarded, _, mechanism=mechanism, tls=tls: (
            guarded.by_password("publisher", mechanism=mechanism, tls=tls)
        )
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
        for tls in (False, True)
    },
    "OAUTHBEARER-tls": by_token,
    "certificate": lambda guarded, _: by_certificate(
        guarded, f"kafka.ssl_certificate_file={guarded.authority.client('publisher')}"
    ),
    "certificate with an encrypted key": lambda guarded, _: by_certificate(
        guarded,
        f"kafka.ssl_certificate_file={guarded.authority.client('publisher', password='pw')}",
        "kafka.ssl_key_password=pw",
    ),
}


@pytest.mark.parametrize("way", WAYS_IN)
async def test_a_record_goes_round(
    guarded: GuardedKafka, provider: TokenEndpointSimulator, topics: Topics, way: str
) -> None:
    await guarded.cluster(topics).create_topics()
    events = topics.events
    rules = [
        AclRule(ResourceKind.TOPIC, events, Operation.WRITE),
        AclRule(ResourceKind.TOPIC, events, Operation.READ),
    ]
    await guarded.allow("publisher", rules)
    connection = connection_of(load_settings(WAYS_IN[way](guarded, provider)))
    await until_allowed(connection, rules)
    async with RecordPublisher(connection) as publisher:
        await publisher.publish([OutputRecord(topic=events, key=b"k", value=way.encode())])
    async with read_records(connection, [events], from_beginning=True, follow=False) as records:
        assert [record.value async for record in records] == [way.encode()]


def _refusal_cases() -> dict[str, tuple[WaysIn, str]]:
    """By name: settings, and what the message must say."""
    passwords = ("kafka.sasl_password=wrong",)
    cases: dict[str, tuple[WaysIn, str]] = {
        f"wrong password by {mechanism}": (
            lambda guarded, _, mechanism=mechanism: guarded.by_password(
                "publisher", *passwords, mechanism=mechanism
            ),
            "refused the user 'publisher' by "
            f"{mechanism}: check kafka.sasl_username and kafka.sasl_password",
        )
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
    }
    cases |= {
        "unknown user": (
            lambda guarded, _: guarded.by_password("stranger"),
            "refused the user 'stranger'",
        ),
        "mechanism that is not offered": (
            lambda guarded, _: [
                *guarded.by_password("publisher"),
                *guarded.flags(SCRAM_ONLY),
            ],
            "does not offer SCRAM-SHA-512: check kafka.sasl_mechanism",
        ),
        "unknown authority": (
            lambda guarded, _: [
                *guarded.by_password("publisher", tls=True),
                f"kafka.ssl_ca_file={guarded.stranger.file}",
            ],
            "kafka.ssl_ca_file must hold the authority",
        ),
        "certificate for another name": (
            lambda guarded, _: [*by_certificate(guarded), *guarded.flags(WRONG_NAME)],
            "its certificate is for another name",
        ),
        "expired certificate of the broker": (
            lambda guarded, _: [*by_certificate(guarded), *guarded.flags(EXPIRED)],
            "certificate has expired): the broker needs a new certificate",
        ),
        "no certificate of ours": (
            lambda guarded, _: by_certificate(guarded),
            "wants a client's certificate: set kafka.ssl_certificate_file",
        ),
        "expired certificate of ours": (
            lambda guarded, _: by_certificate(
                guarded,
                f"kafka.ssl_certificate_file={guarded.authority.client('publisher', expired=True)}",
            ),
            "kafka.ssl_certificate_file may have expired",
        ),
        "certificate of ours by an unknown authority": (
            lambda guarded, _: by_certificate(
                guarded, f"kafka.ssl_certificate_file={guarded.stranger.client('publisher')}"
            ),
            "refused our certificate",
        ),
        "no TLS where the broker speaks it": (
            lambda guarded, _: [*guarded.by_password("publisher"), *guarded.flags(SASL_TLS)],
            "speaks TLS: kafka.security_protocol is SASL_PLAINTEXT, try SASL_SSL",
        ),
        "wrong secret at the identity provider": (
            lambda guarded, provider: by_token(
                guarded, provider, "kafka.oauth_client_secret=wrong"
            ),
            "refuses a token to the client (invalid_client); check kafka.oauth_client_id",
        ),
    }
    return cases


REFUSALS = _refusal_cases()


@pytest.mark.parametrize("case", REFUSALS)
async def test_a_refusal_is_told_at_once(
    guarded: GuardedKafka, provider: TokenEndpointSimulator, case: str
) -> None:
    way, words = REFUSALS[case]
    connection = connection_of(load_settings(way(guarded, provider)))
    with pytest.raises(ConnectionRefused) as refused:
        async with asyncio.timeout(WITHIN_S), TopicAdministration(connection, start_timeout_s=60):
            pytest.fail("the broker let us in")
    assert words in str(refused.value)


async def test_a_token_that_the_broker_refuses_is_told(
    guarded: GuardedKafka, provider: TokenEndpointSimulator
) -> None:
    provider.token = unsigned_token("publisher", lifetime_s=-60)
    try:
        connection = connection_of(load_settings(by_token(guarded, provider)))
        with pytest.raises(ConnectionRefused, match="refused the token"):
            async with asyncio.timeout(WITHIN_S), TopicAdministration(connection):
                pytest.fail("the broker let us in")
    finally:
        provider.token = None


MAYBE_AWAY: dict[str, tuple[WaysIn, str]] = {
    "no SASL where the broker wants it": (
        lambda guarded, _: guarded.flags(SASL),
        "listener speaks PLAINTEXT, as kafka.security_protocol says",
    ),
    "TLS where the broker speaks none": (
        lambda guarded, _: [*guarded.by_password("publisher", tls=True), *guarded.flags(SASL)],
        "listener speaks SASL_SSL, as kafka.security_protocol says",
    ),
    "identity provider that is away": (
        lambda guarded, provider: by_token(
            guarded, provider, "kafka.oauth_token_url=https://127.0.0.1:1/token"
        ),
        "no token could be had from https://127.0.0.1:1/token",
    ),
}


@pytest.mark.parametrize("case", MAYBE_AWAY)
async def test_what_may_pass_is_waited_for_and_told_in_the_end(
    guarded: GuardedKafka, provider: TokenEndpointSimulator, case: str
) -> None:
    way, words = MAYBE_AWAY[case]
    connection = connection_of(load_settings(way(guarded, provider)))
    with pytest.raises(BrokerUnreachable) as away:
        async with TopicAdministration(connection, start_timeout_s=1.5):
            pytest.fail("the broker let us in")
    assert words in str(away.value)


def _wrong_password(guarded: GuardedKafka) -> Settings:
    return load_settings(
        [*guarded.by_password("publisher", "kafka.sasl_password=wrong"), "metrics.port=0"]
    )


async def test_a_worker_ends_at_a_wrong_password(guarded: GuardedKafka) -> None:
    with pytest.raises(ConnectionRefused, match=r"kafka\.sasl_password"):
        async with asyncio.timeout(WITHIN_S):
            await run_worker(_wrong_password(guarded), asyncio.Event())


async def test_a_publisher_ends_at_a_wrong_password(guarded: GuardedKafka) -> None:
    with pytest.raises(ConnectionRefused, match=r"kafka\.sasl_password"):
        async with (
            asyncio.timeout(WITHIN_S),
            RecordPublisher(connection_of(_wrong_password(guarded)), start_timeout_s=60),
        ):
            pytest.fail("the broker let us in")


async def test_the_lag_exporter_ends_at_a_wrong_password(guarded: GuardedKafka) -> None:
    connection = connection_of(_wrong_password(guarded))
    async with LagMonitor(connection, LagOptions()) as monitor:
        exporter = LagExporter(monitor, interval_s=1, timeout_s=5)
        with pytest.raises(ConnectionRefused, match=r"kafka\.sasl_password"):
            async with asyncio.timeout(WITHIN_S):
                await exporter.first_round(timeout_s=60)


FILES: dict[str, tuple[Callable[[GuardedKafka, Path], list[str]], str]] = {
    "no authority's file": (
        lambda guarded, folder: [f"kafka.ssl_ca_file={folder / 'none.pem'}"],
        r"kafka\.ssl_ca_file: .*none\.pem: No such file",
    ),
    "an authority's file of something else": (
        lambda guarded, folder: [f"kafka.ssl_ca_file={folder / 'text.pem'}"],
        r"kafka\.ssl_ca_file: .*text\.pem: it holds no certificate in PEM",
    ),
    "no certificate's file": (
        lambda guarded, folder: [f"kafka.ssl_certificate_file={folder / 'none.pem'}"],
        r"kafka\.ssl_certificate_file: .*none\.pem: No such file",
    ),
    "wrong password of the key": (
        lambda guarded, folder: [
            f"kafka.ssl_certificate_file={guarded.authority.client('publisher', password='pw')}",
            "kafka.ssl_key_password=wrong",
        ],
        r"kafka\.ssl_key_password",
    ),
    "encrypted key without a password": (
        lambda guarded, folder: [
            f"kafka.ssl_certificate_file={guarded.authority.client('publisher', password='pw')}",
        ],
        r"kafka\.ssl_key_password",
    ),
    "another's key": (
        lambda guarded, folder: [
            f"kafka.ssl_certificate_file={guarded.authority.client('publisher')}",
            f"kafka.ssl_key_file={guarded.authority.client('worker')}",
        ],
        r"check kafka\.ssl_key_file and kafka\.ssl_certificate_file",
    ),
}


@pytest.mark.parametrize("case", FILES)
async def test_a_file_that_cannot_be_used_is_named(
    guarded: GuardedKafka, tmp_path: Path, case: str
) -> None:
    (tmp_path / "text.pem").write_text("no certificate")
    given, words = FILES[case]
    settings = load_settings([*by_certificate(guarded), *given(guarded, tmp_path)])
    with pytest.raises(TlsFilesUnusable, match=words):
        async with TopicAdministration(connection_of(settings)):
            pytest.fail("the file was used")


UNFIT: dict[str, tuple[list[str], str]] = {
    "a password that would not be used": (
        ["kafka.sasl_username=u", "kafka.sasl_password=p"],
        "kafka.security_protocol=PLAINTEXT makes no use of kafka.sasl_username",
    ),
    "no password": (
        ["kafka.security_protocol=SASL_SSL", "kafka.sasl_username=u"],
        "needs kafka.sasl_password",
    ),
    "no token endpoint": (
        ["kafka.security_protocol=SASL_SSL", "kafka.sasl_mechanism=OAUTHBEARER"],
        "needs kafka.oauth_token_url and kafka.oauth_client_id and kafka.oauth_client_secret",
    ),
    "an authority without TLS": (
        ["kafka.ssl_ca_file=ca.pem"],
        "makes no use of kafka.ssl_ca_file",
    ),
    "a key without a certificate": (
        ["kafka.security_protocol=SSL", "kafka.ssl_key_file=key.pem"],
        "need kafka.ssl_certificate_file",
    ),
    "a token endpoint in the clear": (
        ["kafka.oauth_token_url=http://login.example.com/token"],
        "kafka.oauth_token_url",
    ),
}


@pytest.mark.parametrize("case", UNFIT)
def test_credentials_that_do_not_fit_are_refused(case: str) -> None:
    given, words = UNFIT[case]
    with pytest.raises(SettingsError) as refused:
        load_settings(given)
    assert words in str(refused.value)
    assert PASSWORDS["publisher"] not in str(refused.value)


async def test_a_running_process_tells_why_it_lost_its_way_in(guarded: GuardedKafka) -> None:
    """Once for a cause: the client itself tries again without a word."""
    with capture_logs() as logs:
        probe = BrokerProbe(connection_of(_wrong_password(guarded)))
        probing = asyncio.create_task(probe.run())
        try:
            await until(lambda: bool(logs), "a word")
        finally:
            await end_tasks((probing,))
    assert logs[0]["event"] == "broker_unreachable"
    assert "check kafka.sasl_username and kafka.sasl_password" in logs[0]["detail"]
    assert not probe.is_reachable


async def test_a_renewed_certificate_opens_the_door_to_a_client_that_runs(
    guarded: GuardedKafka, tmp_path: Path
) -> None:
    """A worker runs for longer than a certificate is valid, and brokers are restarted meanwhile."""
    file = tmp_path / "ours.pem"
    shutil.copy(guarded.authority.client("nobody", expired=True), file)
    given = by_certificate(guarded, f"kafka.ssl_certificate_file={file}")
    async with Brokers(connection_of(load_settings(given)), timeout_s=5) as brokers:
        with pytest.raises(BrokerUnreachable, match="may have expired"):
            await brokers.discover()
        shutil.copy(guarded.authority.client("nobody"), file)
        await brokers.discover()
        assert len(brokers.nodes) == 1
