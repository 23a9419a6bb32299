"""Who sees the pages: the log-in, roles, proxies, and what other sites can do (nothing)."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from stream_service.console.access.roles import Role
from stream_service.console.access.tokens import create_token, revoke_token
from stream_service.console.store import Database
from stream_service.devkit.kafka import EmbeddedKafka
from tests.browser.chromium import tab
from tests.browser.stage import Stage, running_stage
from tests.support.waiting import until


@dataclass(frozen=True)
class Guarded:
    """A console that asks who is there, and a token of each role."""

    stage: Stage
    tokens: dict[Role, str]
    chromium: Browser

    @property
    def url(self) -> str:
        return self.stage.url

    async def new_token(self, role: Role) -> str:
        database = await Database.open(self.stage.console.database_url)
        try:
            return await create_token(database, name=f"a {role.value}", role=role)
        finally:
            await database.close()

    async def revoke(self, token: str) -> None:
        database = await Database.open(self.stage.console.database_url)
        try:
            await revoke_token(database, token.split("_")[1])
        finally:
            await database.close()

    async def refuses(self, token: str) -> bool:
        answer = await self.stage.client.get(
            f"{self.url}/v1/lag", headers={"authorization": f"Bearer {token}"}
        )
        return answer.status_code == 401


@pytest_asyncio.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    """A browser's rival that keeps no cookies of another test."""
    async with httpx.AsyncClient(timeout=30) as stranger:
        yield stranger


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def guarded(chromium: Browser, kafka: EmbeddedKafka) -> AsyncGenerator[Guarded]:
    async with running_stage(
        kafka.bootstrap_servers,
        "console.authentication=tokens",
        "console.proxy_header=x-user",
        "console.proxy_role=reviewer",
        "console.trusted_proxies=127.0.0.1/32",
        works=False,
    ) as stage:
        guarded = Guarded(stage, {}, chromium)
        for role in Role:
            guarded.tokens[role] = await guarded.new_token(role)
        yield guarded


async def log_in(page: Page, token: str) -> None:
    await page.get_by_label("Access token").fill(token)
    await page.get_by_role("button", name="Log in").click()


async def pages_of(page: Page) -> list[str]:
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    # An icon is a word in a font of icons, and hidden from those who hear the page.
    texts = await page.get_by_role("navigation").get_by_role("link").all_inner_texts()
    return [text.splitlines()[-1] for text in texts]


async def test_a_stranger_logs_in_and_comes_where_he_wanted(guarded: Guarded) -> None:
    async with tab(guarded.chromium, guarded.url) as (page, watched):
        await page.goto("/live")
        await expect(page).to_have_url(f"{guarded.url}/login?next=%2Flive")
        watched.expected.append("401")
        await log_in(page, "fbk_0123456789abcdef_" + "x" * 43)
        await expect(page.get_by_role("alert")).to_contain_text("not in force")
        await log_in(page, guarded.tokens[Role.VIEWER])
        await expect(page).to_have_url(f"{guarded.url}/live")
        await expect(page.get_by_text("a viewer (Viewer)")).to_be_visible()
        [cookie] = [
            one for one in await page.context.cookies() if one.get("name") == "console_session"
        ]
        assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Strict")
        assert guarded.tokens[Role.VIEWER] not in str(cookie.get("value"))
        assert await page.evaluate("document.cookie") == ""


async def test_a_log_out_ends_the_session_for_good(
    guarded: Guarded, client: httpx.AsyncClient
) -> None:
    async with tab(guarded.chromium, guarded.url) as (page, _):
        await page.goto("/login")
        await log_in(page, guarded.tokens[Role.VIEWER])
        await expect(page).to_have_url(f"{guarded.url}/")
        [cookie] = [
            one for one in await page.context.cookies() if one.get("name") == "console_session"
        ]
        await page.get_by_role("button", name="Log out").click()
        await expect(page).to_have_url(f"{guarded.url}/login")
        stolen = {"cookie": f"console_session={cookie.get('value')}"}
        answer = await client.get(f"{guarded.url}/live", headers=stolen)
        assert answer.status_code == 303


async def test_the_log_in_never_leads_elsewhere(
    guarded: Guarded, client: httpx.AsyncClient
) -> None:
    for target in ("https://evil.example/", "//evil.example", "/v1/lag", "/login"):
        answer = await client.post(
            f"{guarded.url}/login", data={"token": guarded.tokens[Role.VIEWER], "next": target}
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("role", "shown", "refused"),
    [
        (Role.PUBLISHER, ["Publish"], "/live"),
        (Role.VIEWER, ["Overview", "Live"], "/publish"),
        (Role.REVIEWER, ["Overview", "Live"], "/publish"),
        (Role.OPERATOR, ["Overview", "Live", "Publish"], None),
    ],
)
async def test_each_role_has_its_pages(
    guarded: Guarded, role: Role, shown: list[str], refused: str | None
) -> None:
    async with tab(guarded.chromium, guarded.url) as (page, watched):
        await page.goto("/")
        await log_in(page, guarded.tokens[role])
        names = await pages_of(page)
        assert set(shown) <= set(names)
        assert ("Publish" in names) == ("Publish" in shown)
        assert ("Overview" in names) == ("Overview" in shown)
        if refused is None:
            return
        watched.expected.append("403")
        answer = await page.goto(refused)
        assert answer is not None
        assert answer.status == 403
        await expect(page.get_by_text("may not do this")).to_be_visible()


async def test_a_revoked_token_does_nothing_more_on_an_open_page(guarded: Guarded) -> None:
    token = await guarded.new_token(Role.PUBLISHER)
    async with tab(guarded.chromium, guarded.url) as (page, _):
        await page.goto("/publish")
        await log_in(page, token)
        await page.get_by_label("What the customer wrote").fill("It shall not be published.")
        await guarded.revoke(token)
        await until(lambda: guarded.refuses(token), "the revocation to be obeyed")
        await page.get_by_role("button", name="Publish", exact=True).click()
        await expect(page).to_have_url(f"{guarded.url}/login")
        assert await guarded.stage.cluster.read_committed(guarded.stage.cluster.topics.events) == []


async def test_a_proxy_signs_people_on(guarded: Guarded) -> None:
    async with tab(guarded.chromium, guarded.url, extra_http_headers={"x-user": "ann"}) as (
        page,
        _,
    ):
        await page.goto("/live")
        await expect(page.get_by_text("ann (Reviewer)")).to_be_visible()
        await expect(page.get_by_text("Watching")).to_be_visible()
        await expect(page.get_by_role("button", name="Log out")).to_have_count(0)


async def test_the_log_in_speaks_chinese_without_a_script(guarded: Guarded) -> None:
    async with tab(guarded.chromium, guarded.url, locale="zh-CN", java_script_enabled=False) as (
        page,
        _,
    ):
        await page.goto("/live")
        await expect(page.get_by_label("访问令牌")).to_be_focused()
        await page.get_by_role("link", name="English").click()
        await expect(page.get_by_label("Access token")).to_be_visible()


async def test_another_site_can_neither_log_in_nor_open_a_socket(
    guarded: Guarded, client: httpx.AsyncClient
) -> None:
    evil = {"origin": "https://evil.example"}
    token = guarded.tokens[Role.VIEWER]
    answer = await client.post(f"{guarded.url}/login", data={"token": token}, headers=evil)
    assert answer.status_code == 403
    own = await client.post(f"{guarded.url}/login", data={"token": token})
    cookie = {"cookie": f"console_session={own.cookies['console_session']}"}
    assert await socket_status(guarded, {**cookie, **evil}) == 403
    assert await socket_status(guarded, {"origin": guarded.url}) == 403
    assert await socket_status(guarded, {**cookie, "origin": guarded.url}) == 101


async def socket_status(guarded: Guarded, headers: dict[str, str]) -> int:
    address = guarded.url.replace("http://", "ws://")
    given = {name: value for name, value in headers.items() if name != "origin"}
    try:
        async with connect(
            f"{address}/_nicegui_ws/socket.io/?EIO=4&transport=websocket",
            origin=Origin(headers["origin"]),
            additional_headers=given,
        ):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


async def test_strangers_get_neither_pages_nor_uploads(
    guarded: Guarded, client: httpx.AsyncClient
) -> None:
    for path, status in (
        ("/", 303),
        ("/live", 303),
        ("/_nicegui_ws/socket.io/?EIO=4&transport=polling", 401),
        ("/_nicegui/client/x/upload/1", 401),
    ):
        assert (await client.get(f"{guarded.url}{path}")).status_code == status


async def test_a_link_from_another_site_finds_the_session(
    guarded: Guarded, client: httpx.AsyncClient
) -> None:
    """The browser keeps a strict cookie back on such a link, and sends it once we ask again."""
    answer = await client.get(f"{guarded.url}/live", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert 'content="0;url=/live"' in answer.text
