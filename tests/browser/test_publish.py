"""Publishing by hand, and what is seen of it."""

from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.browser.stage import Stage


async def test_a_form_becomes_a_reply_which_is_seen_live(
    page: Page, open_tab: OpenTab, stage: Stage
) -> None:
    text = "How do I change the delivery address of my order?"
    async with open_tab() as (watching, _):
        await watching.goto("/live")
        await expect(watching.get_by_text("Watching", exact=True)).to_be_visible()
        await page.goto("/publish")
        await page.get_by_label("What the customer wrote").fill(text)
        await page.get_by_label("Customer id").fill("c-browser-1")
        await page.get_by_role("button", name="Publish", exact=True).click()
        await expect(page.get_by_text("Published. Kafka has acknowledged it.")).to_be_visible()
        await expect(page.get_by_text("Replied", exact=True)).to_be_visible()
        entry = watching.get_by_role("listitem").filter(has_text="c-browser-1")
        await expect(entry.get_by_text(text)).to_be_visible()
        await expect(entry.get_by_text("Replied", exact=True)).to_be_visible()
        reply = await page.locator(".fate .answer").inner_text()
        await expect(entry.get_by_text(reply)).to_be_visible()
    replies = await stage.cluster.read_committed(stage.cluster.topics.replies)
    assert [record.key for record in replies].count(b"c-browser-1") == 1


async def test_what_is_wrong_stands_beside_its_field(page: Page) -> None:
    await page.goto("/publish")
    await page.get_by_label("What the customer wrote").fill("Fine.")
    await page.get_by_label("Language").fill("x" * 40)
    await page.get_by_role("button", name="Publish", exact=True).click()
    field = page.get_by_label("Language")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_role("alert")).to_contain_text("at most 35")
    await expect(page.get_by_label("What the customer wrote")).to_have_value("Fine.")


async def test_a_file_tells_each_bad_line_by_its_field(
    page: Page, stage: Stage, tmp_path: Path
) -> None:
    rows = [f"Where is parcel number {number}?,file-customer," for number in range(450)]
    rows[9] = "Good.,file-customer,9"
    rows[299] = ",file-customer,"
    path = tmp_path / "feedback.csv"
    path.write_text("\n".join(["text,customer_id,rating", *rows]), encoding="utf-8")
    await page.goto("/publish")
    for _ in range(2):
        await page.get_by_label("Choose a file").set_input_files(path)
        await expect(page.get_by_text("Done. Rows published: 448, refused: 2")).to_be_visible()
        cells = page.get_by_role("region", name="Rows that were not published").get_by_role("row")
        await expect(cells.nth(1)).to_contain_text("11rating")
        await expect(cells.nth(2)).to_contain_text("301text")
        await expect(cells).to_have_count(3)
        await expect(cells.locator("strong")).to_have_text(["Wrong field", "Wrong field"])
    # The same file again is the same requests: nothing is published twice.
    records = await stage.cluster.read_committed(stage.cluster.topics.events)
    assert [record.key for record in records].count(b"file-customer") == 448


async def test_reasons_are_told_in_chinese_too(open_tab: OpenTab, tmp_path: Path) -> None:
    """Beside the detail, which names bytes and limits in English."""
    path = tmp_path / "feedback.csv"
    path.write_bytes("text,rating\n好,9\n".encode() + b'\xff,1\n"open,2\n')
    async with open_tab(locale="zh-CN") as (page, _):
        await page.goto("/publish")
        await page.locator("input[type=file]").set_input_files(path)
        cells = page.get_by_role("region", name="未发布的行").get_by_role("row")
        await expect(cells.locator("strong")).to_have_text(["字段有误", "不是 UTF-8", "行格式错误"])


async def test_a_file_that_cannot_be_read_is_refused_by_name(page: Page, tmp_path: Path) -> None:
    await page.goto("/publish")
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG")
    await page.get_by_label("Choose a file").set_input_files(picture)
    await expect(page.get_by_text("ends in .csv, .jsonl, .ndjson or .txt")).to_be_visible()
    headless = tmp_path / "headless.csv"
    headless.write_text("a,b\n1,2\n", encoding="utf-8")
    await page.get_by_label("Choose a file").set_input_files(headless)
    await expect(page.get_by_text("no column called text")).to_be_visible()
