"""Hostile texts: no exception, bounded cost."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from stream_service.analysis.analyst import Feedback
from stream_service.analysis.local import LocalAnalyst
from stream_service.contracts.text import clean_text
from tests.support.processor_time import of_all_threads

DATA = Path(
    os.environ.get("LOCAL_ACCURACY_DATA", Path(__file__).resolve().parents[5] / "shared" / "data")
)
MOST_CPU_S = 1.0
"""CPU of all threads for one question; CPU, since the machine may be busy with other things."""

WRITTEN_HERE = {
    "long rant": "The zip is stuck and nobody replies. " * 1200,
    "long word": "b" * 20_000,
    "ideographs": "坏" * 50_000,
    "rare characters": "𠜎𠜱𠝹𠱓" * 3_000,
    "newlines": "Bad" + "\n" * 40_000 + "kettle",
    "punctuation": "?!" * 10_000,
    "emoji": "😡" * 20_000,
    "joined emoji": "👨‍👩‍👧‍👦" * 2_000,
    "open tags": "<" * 30_000,
    "ampersands": "&#" * 20_000,
    "handles": "@a " * 15_000,
    "combining": "e" + "\u0301" * 20_000,
    "lone surrogate": "\ud800 is not text",
    "null": "a\0b",
    "one space": " ",
    "nothing": "",
    "mixed": "好good坏bad" * 4_000,
    "digits": "1234567890" * 4_000,
    "expanding ligature": "\ufdfa" * 10_000,
}


def _shared() -> dict[str, str]:
    path = DATA / "nasty.jsonl"
    if not path.exists():
        return {}
    texts: dict[str, str] = {}
    for line in path.read_text(encoding="ascii").splitlines():
        row: dict[str, Any] = json.loads(line)
        if row["level"] == "text":
            made = row.get("gen")
            text = made["prefix"] + made["unit"] * made["count"] + made["suffix"] if made else None
            cleaned = clean_text(row["text"] if text is None else text)
            if cleaned:
                texts[row["id"]] = cleaned
    return texts


async def _ask_everything(analyst: LocalAnalyst, text: str) -> None:
    for language in ("en", "zh"):
        for question in (
            analyst.read(Feedback(text=text)),
            analyst.language(text, None),
            analyst.sentiment(text, language),
            analyst.keywords(text, language),
            analyst.intent(text, language),
        ):
            with of_all_threads() as processor_time:
                await question
            assert processor_time.spent_s < MOST_CPU_S


@pytest.mark.parametrize("name", WRITTEN_HERE)
async def test_own_hostile_texts(any_analyst: LocalAnalyst, name: str) -> None:
    await _ask_everything(any_analyst, WRITTEN_HERE[name])


async def test_shared_hostile_texts(any_analyst: LocalAnalyst) -> None:
    texts = _shared()
    if not texts:
        pytest.skip("the shared data folder is absent")
    for text in texts.values():
        await _ask_everything(any_analyst, text)
