"""The customer look-up against a service that is simulated over a real socket."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession, web

from stream_service.assembly import graph_judge
from stream_service.contracts.analysis import Enrichment, EnrichmentStatus
from stream_service.contracts.review import ReviewItem, ReviewReason
from stream_service.graph.customers import HttpCustomerDirectory, LookupOptions
from stream_service.graph.customers.circuit import Circuit
from stream_service.graph.customers.errors import (
    LookupCircuitOpen,
    LookupFailed,
    LookupRefused,
    LookupUnreadable,
)
from stream_service.settings import SettingsError, load_settings
from tests.unit.graph.scripted import RECEIVED_AT, SOURCE, event, judge_of, reading, reply_to

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Service:
    """What it was asked, and where it is."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers: list[str | None] = []
        self.base_url = ""


@asynccontextmanager
async def serving(answer: Answer) -> AsyncGenerator[Service]:
    service = Service()

    async def handle(request: web.Request) -> web.StreamResponse:
        service.asked.append(request.raw_path)
        service.headers.append(request.headers.get("x-key"))
        return await answer(request)

    application = web.Application()
    application.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    service.base_url = f"http://{host}:{port}"
    try:
        yield service
    finally:
        await runner.cleanup()


@asynccontextmanager
async def directory_of(
    answer: Answer, **options: Any
) -> AsyncGenerator[tuple[HttpCustomerDirectory, Service]]:
    async with serving(answer) as service:
        given = LookupOptions(url=f"{service.base_url}/customers/{{customer_id}}")
        async with HttpCustomerDirectory.start(replace(given, **options)) as directory:
            yield directory, service


def answers(body: object, status: int = 200) -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        if isinstance(body, str):
            return web.Response(text=body, status=status)
        return web.json_response(body, status=status)

    return answer


async def test_a_known_customer_is_asked_for_once() -> None:
    async with directory_of(
        answers({"customer_tier": "gold", "open_orders": 2}), headers={"x-key": "k"}
    ) as (directory, service):
        found = [await directory.lookup("c-1") for _ in range(3)]

    expected = Enrichment(status=EnrichmentStatus.FOUND, customer_tier="gold", open_orders=2)
    assert found == [expected] * 3
    assert service.asked == ["/customers/c-1"]
    assert service.headers == ["k"]


async def test_fields_may_lie_deeper_and_may_be_missing() -> None:
    async with directory_of(answers({"account": {"tier": "vip"}}), tier_field="account.tier") as (
        directory,
        _,
    ):
        found = await directory.lookup("c-1")
    assert (found.customer_tier, found.open_orders) == ("vip", None)


async def test_nobody_known_is_no_failure() -> None:
    async with directory_of(answers({}, 404), circuit_failures=1) as (directory, _):
        found = [await directory.lookup(name) for name in ("a", "b")]
    assert {one.status for one in found} == {EnrichmentStatus.ABSENT}


@pytest.mark.parametrize("name", ["../admin", "a/b?c=d#e", "a%2fb", "客户 1", "{customer_id}"])
async def test_a_name_never_leaves_its_place_in_the_url(name: str) -> None:
    async with directory_of(answers({})) as (directory, service):
        await directory.lookup(name)
    (path,) = service.asked
    place = path.removeprefix("/customers/")
    assert not set(place) & set("/?#{} ")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (answers({}, 500), LookupRefused),
        (answers({}, 302), LookupRefused),
        (answers("no json"), LookupUnreadable),
        (answers("[" * 5_000), LookupUnreadable),
        (answers([1]), LookupUnreadable),
        (answers({"customer_tier": {"a": 1}}), LookupUnreadable),
        (answers({"open_orders": -1}), LookupUnreadable),
        (answers({"open_orders": True}), LookupUnreadable),
        (answers({"filling": "x" * 100_000}), LookupUnreadable),
    ],
)
async def test_an_unusable_answer_is_a_failure_and_not_remembered(
    answer: Answer, error: type[LookupFailed]
) -> None:
    async with directory_of(answer) as (directory, service):
        for _ in range(2):
            with pytest.raises(error):
                await directory.lookup("c-1")
    assert len(service.asked) == 2


async def test_calls_at_once_are_bounded() -> None:
    release = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path != "/ping":
            await release.wait()
        return web.json_response({})

    async with directory_of(answer, at_once=2, timeout_s=60.0) as (directory, service):
        lookups = [asyncio.create_task(directory.lookup(f"c-{number}")) for number in range(8)]
        async with ClientSession() as http:
            # While these come and go, whoever may call has called.
            for _ in range(30):
                async with http.get(f"{service.base_url}/ping"):
                    pass
        assert sum(path != "/ping" for path in service.asked) == 2
        release.set()
        await asyncio.gather(*lookups)
    assert sum(path != "/ping" for path in service.asked) == 8


async def test_a_redirect_is_not_followed() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/elsewhere")

    async with directory_of(answer) as (directory, service):
        with pytest.raises(LookupRefused):
            await directory.lookup("c-1")
    assert service.asked == ["/customers/c-1"]


async def test_a_service_that_hangs_is_given_up_and_then_left_alone() -> None:
    never = asyncio.Event()

    async def answer(_request: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    async with directory_of(answer, timeout_s=0.1, circuit_failures=2, circuit_open_s=60.0) as (
        directory,
        service,
    ):
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await directory.lookup("c-1")
        with pytest.raises(LookupCircuitOpen):
            await directory.lookup("c-1")
        never.set()
    assert len(service.asked) <= 2


def test_an_open_circuit_is_tried_by_one_call_and_closed_by_its_success() -> None:
    clock = [0.0]
    circuit = Circuit(failures=2, open_s=10, now=lambda: clock[0])
    circuit.failed()
    circuit.enter()
    circuit.failed()
    with pytest.raises(LookupCircuitOpen):
        circuit.enter()
    clock[0] = 10.0
    circuit.enter()
    with pytest.raises(LookupCircuitOpen):
        circuit.enter()
    circuit.succeeded()
    circuit.enter()


async def test_the_graph_goes_on_with_a_mark_where_the_service_fails() -> None:
    customer = event(customer_id="c-1")
    async with directory_of(answers({}, 500), circuit_failures=1) as (directory, _):
        judge = judge_of(reading(), directory=directory)
        refused, left_alone = await reply_to(judge, customer), await reply_to(judge, customer)

    assert refused.analysis.enrichment.error == "LookupRefused"
    assert left_alone.analysis.enrichment.error == "LookupCircuitOpen"
    assert "enrichment_failed" in refused.analysis.notes


async def test_the_tier_reaches_the_rules() -> None:
    async with directory_of(answers({"customer_tier": "Gold"})) as (directory, _):
        reply = await reply_to(judge_of(reading(), directory=directory), event(customer_id="c-1"))
    assert reply.analysis.enrichment.customer_tier == "Gold"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://host/{customer_id}", "write it as https://host/customers/{customer_id}"),
        ("https://{customer_id}.host/", "write it as https://host/customers/{customer_id}"),
        ("https://host/customers", "must hold {customer_id} behind the host"),
        ("https://host/{customer_id}/{shop}", "no other placeholder"),
    ],
)
def test_a_wrong_url_is_named_with_its_fix(url: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings([f"enrichment.url={url}"])
    assert "enrichment.url (STREAM_ENRICHMENT__URL)" in str(refused.value)
    assert told in str(refused.value)


async def test_the_settings_join_the_service_to_the_judge() -> None:
    async with serving(answers({"customer_tier": "platinum"})) as service:
        settings = load_settings(
            [f"enrichment.url={service.base_url}/{{customer_id}}", "local.encoder=universal"]
        )
        async with graph_judge(settings) as judge:
            verdict = await judge(event(customer_id="c 1"), SOURCE, RECEIVED_AT)
    assert service.asked == ["/c%201"]
    assert isinstance(verdict, ReviewItem)
    assert ReviewReason.HIGH_VALUE in verdict.reasons
