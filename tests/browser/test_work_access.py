"""Roles are checked when something is done, whatever a page shows or a browser sends."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from stream_service.console.access.roles import Role
from stream_service.console.access.tokens import create_token, revoke_token
from stream_service.console.store import Database
from stream_service.devkit.kafka import EmbeddedKafka
from tests.browser.chromium import tab
from tests.browser.reviews import put_in_review
from tests.browser.stage import Stage, running_stage
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(chromium: Browser, kafka: EmbeddedKafka) -> AsyncGenerator[Stage]:
    """It asks who is there; one item waits, and the test's own client is an operator's."""
    async with running_stage(
        kafka.bootstrap_servers, "console.authentication=tokens", works=False
    ) as running:
        token = await _token(running, Role.OPERATOR)
        running.client.headers["authorization"] = f"Bearer {token}"
        await put_in_review(running, "guarded", "who may decide this?")
        yield running


async def _token(stage: Stage, role: Role) -> str:
    database = await Database.open(stage.console.database_url)
    try:
        return await create_token(database, name=f"a {role.value}", role=role)
    finally:
        await database.close()


async def _log_in(page: Page, path: str, token: str) -> None:
    await page.goto(path)
    await page.get_by_label("Access token").fill(token)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()


async def _send(page: Page, event: str, content: object) -> None:
    """Send what the page's own script would, whatever the page offers."""
    await page.evaluate(
        """([event, content]) => {
          const desk = document.querySelector(".desk");
          getElement(Number(desk.id.slice(1))).$emit(event, content);
        }""",
        [event, content],
    )


async def _outbox_is_empty(stage: Stage) -> None:
    answer = await stage.client.get(f"{stage.url}/v1/reviews/guarded")
    assert answer.json()["decisions"] == []
    assert (await stage.client.get(f"{stage.url}/v1/audit")).json()["items"] == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
@pytest.mark.parametrize(
    ("event", "content"),
    [("redrive", {"id": "0-0", "value": None}), ("redrive_many", ["0-0"])],
)
async def test_who_may_not_send_dead_letters_back_is_refused_at_the_act(
    chromium: Browser, stage: Stage, role: Role, event: str, content: object
) -> None:
    async with tab(chromium, stage.url) as (page, _):
        await _log_in(page, "/dead-letters", await _token(stage, role))
        await expect(page.get_by_text("There are no dead letters to repair.")).to_be_visible()
        await _send(page, event, content)
        await expect(page.get_by_text("may not do this")).to_be_visible()
    await _outbox_is_empty(stage)


async def test_a_viewer_looks_and_cannot_decide(chromium: Browser, stage: Stage) -> None:
    async with tab(chromium, stage.url) as (page, _):
        await _log_in(page, "/reviews", await _token(stage, Role.VIEWER))
        await expect(page.get_by_role("article")).to_contain_text("who may decide this?")
        await expect(page.get_by_text("Your role may look, and not decide.")).to_be_visible()
        await page.keyboard.press("a")
        await expect(page.get_by_role("alertdialog")).to_have_count(0)
        await _send(page, "decide", {"event_id": "guarded", "type": "accept", "text": None})
        await expect(page.get_by_text("may not do this")).to_be_visible()
    await _outbox_is_empty(stage)


async def test_a_revoked_token_decides_nothing_more(chromium: Browser, stage: Stage) -> None:
    token = await _token(stage, Role.REVIEWER)
    async with tab(chromium, stage.url) as (page, _):
        await _log_in(page, "/reviews", token)
        await expect(page.get_by_role("article")).to_contain_text("who may decide this?")
        database = await Database.open(stage.console.database_url)
        await revoke_token(database, token.split("_")[1])
        await database.close()

        async def is_refused() -> bool:
            answer = await stage.client.get(
                f"{stage.url}/v1/lag", headers={"authorization": f"Bearer {token}"}
            )
            return answer.status_code == 401

        await until(is_refused, "the revocation to be obeyed")
        await _send(page, "decide", {"event_id": "guarded", "type": "accept", "text": None})
        await expect(page).to_have_url(f"{stage.url}/login")
    await _outbox_is_empty(stage)


async def test_nonsense_of_a_browser_changes_nothing(chromium: Browser, stage: Stage) -> None:
    async with tab(chromium, stage.url) as (page, _):
        await _log_in(page, "/reviews", await _token(stage, Role.REVIEWER))
        await expect(page.get_by_role("article")).to_contain_text("who may decide this?")
        for content in (None, 7, {}, {"event_id": "guarded", "type": "burn", "text": 7}):
            await _send(page, "decide", content)
        for content in (None, {"status": "x", "language": 7}):
            await _send(page, "filter", content)
        await _send(page, "open", {"no": "id"})
        await _send(page, "filter", {"status": "open"})
        await expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
        log = (stage.folder / "console.log").read_text()
        assert "Traceback" not in log and "page_act_failed" not in log
    await _outbox_is_empty(stage)
