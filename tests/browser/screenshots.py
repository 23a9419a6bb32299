"""Pictures of every page, from a real run: ``python -m tests.browser.screenshots [folder]``.

The feedback is the demo's sample, English and Chinese; a worker judges it with the local analyst.
"""

import argparse
import asyncio
import base64
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import orjson
from playwright.async_api import Browser, Page, expect

from stream_service.console.pages.directory import PAGES
from stream_service.contracts.review import Priority
from stream_service.devkit.kafka import EmbeddedKafka
from stream_service.devkit.sample_feedback import sample_records
from tests.browser.chromium import running_chromium, tab
from tests.browser.reviews import put_in_review
from tests.browser.stage import Stage, running_stage
from tests.support.waiting import until

WIDE, NARROW = 1280, 375

_LANGUAGES = {WIDE: "en-US", NARROW: "zh-CN"}
"""Each width in one of the languages, so that both are seen."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs/console"))
    parser.add_argument("--only", nargs="*", default=None, help="names of pages")
    return parser.parse_args()


async def _take(folder: Path, only: Sequence[str] | None) -> None:
    async with (
        EmbeddedKafka.start() as kafka,
        running_chromium() as browser,
        running_stage(kafka.bootstrap_servers) as stage,
    ):
        await _publish(stage)
        await until(lambda: _is_judged(stage), "the sample to be judged", timeout_s=120)
        await _work(stage)
        for entry in PAGES:
            if only is None or entry.name in only:
                for width, scheme in itertools.product((WIDE, NARROW), ("light", "dark")):
                    name = folder / f"{entry.name}-{width}-{scheme}.webp"
                    await _picture(browser, stage, entry.path, name, width, scheme)


async def _publish(stage: Stage) -> None:
    await stage.cluster.publish(sample_records(stage.cluster.topics.events, datetime.now(UTC)))


async def _publish_anew(stage: Stage) -> None:
    """The same texts as other events."""
    records = sample_records(stage.cluster.topics.events, datetime.now(UTC))
    rows = [{**orjson.loads(record.value or b""), "event_id": None} for record in records[:12]]
    for row in rows:
        answer = await stage.client.post(f"{stage.url}/v1/feedback", json=row)
        assert answer.status_code == 202, answer.text


async def _work(stage: Stage) -> None:
    """A late item, a few that are decided already, and dead letters."""
    await put_in_review(
        stage,
        "late-1",
        "The charger got so hot that it burned my hand. I want to talk to a person, now.",
        draft="We are very sorry. Please stop using the charger; a colleague calls you today.",
        due_in=timedelta(hours=-3),
        priority=Priority.URGENT,
    )
    items = (await stage.client.get(f"{stage.url}/v1/reviews?priority=normal")).json()["items"]
    for item, kind in zip(items, ("ignore", "response"), strict=False):
        decision = {"type": kind, "text": None if kind == "ignore" else "We call you today."}
        path = f"{stage.url}/v1/reviews/{item['event_id']}/decision?wait_s=5"
        (await stage.client.post(path, json=decision)).raise_for_status()
    broken = '{"event_id":"broken-1","text":"包裹到了，谢谢！"'.encode()
    await stage.cluster.publish_values(broken, b"\xff\xfe\x00 no text", key=b"c-17")


async def _is_judged(stage: Stage) -> bool:
    answer = await stage.client.get(f"{stage.url}/v1/totals")
    counts = [total for total in answer.json()["totals"] if total["outcome"] != "received"]
    return sum(total["count"] for total in counts) >= 40


async def _picture(
    browser: Browser,
    stage: Stage,
    path: str,
    name: Path,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    options = {
        "viewport": {"width": width, "height": 800},
        "color_scheme": scheme,
        "locale": _LANGUAGES[width],
        "timezone_id": "Asia/Shanghai",
    }
    async with tab(browser, stage.url, **options) as (page, _):
        await page.goto(path)
        await page.get_by_role("heading", level=1).wait_for()
        await _prepare(stage, page, path)
        # What is drawn by a script after the page: charts, and whatever came over its socket.
        await page.wait_for_load_state("networkidle")
        await page.evaluate("scrollTo(0, 0)")
        picture = await _small(browser, await page.screenshot(full_page=path != "/live"))
    _keep(name, picture)


def _keep(name: Path, picture: bytes) -> None:
    name.parent.mkdir(parents=True, exist_ok=True)
    name.write_bytes(picture)
    print(name, f"{len(picture) / 1024:.0f} KiB")


async def _small(browser: Browser, png: bytes) -> bytes:
    """The picture as WebP, a quarter as large: Chromium can write it, and needs no library."""
    page = await browser.new_page()
    try:
        url: str = await page.evaluate(
            """async (source) => {
              const image = new Image();
              image.src = source;
              await image.decode();
              const canvas = new OffscreenCanvas(image.width, image.height);
              canvas.getContext("2d").drawImage(image, 0, 0);
              const blob = await canvas.convertToBlob({ type: "image/webp", quality: 0.75 });
              const bytes = new Uint8Array(await blob.arrayBuffer());
              return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
            }""",
            "data:image/png;base64," + base64.b64encode(png).decode(),
        )
    finally:
        await page.close()
    return base64.b64decode(url)


async def _prepare(stage: Stage, page: Page, path: str) -> None:
    """Bring a page to where it shows something."""
    match path:
        case "/live":
            await (
                page.get_by_role("button", name="Pause")
                .or_(page.get_by_role("button", name="暂停"))
                .wait_for()
            )
            await _publish_anew(stage)
            await expect(page.locator(".feed > li")).to_have_count(12)
            await expect(page.locator(".entry.received")).to_have_count(0)
        case "/publish":
            await page.locator("textarea").fill("还没发货的订单可以改收货地址吗？")
            await page.locator("form .button.strong").click()
            await page.locator(".fate .answer").wait_for()
            file = stage.folder / "feedback.csv"
            file.write_text(
                "text,customer_id,rating\nThe soup was cold.,c-81,2\n菜很好吃！,c-82,7\n,c-83,4\n",
                encoding="utf-8",
            )
            await page.locator("input[type=file]").set_input_files(file)
            await page.locator("table.grid").wait_for()
        case "/dead-letters":
            letter = page.get_by_role("listitem").filter(has_text="JSON").first
            await letter.get_by_role("button").click()
            await page.get_by_role("article").wait_for()
        case "/lag":
            await page.get_by_role("table").wait_for()
        case _:
            pass


if __name__ == "__main__":
    given = _arguments()
    asyncio.run(_take(given.folder, given.only))
