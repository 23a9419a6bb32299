"""Every hostile text of the public collection ends as it may: the whole judgement, as it ships."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stream_service.assembly import graph_judge
from stream_service.contracts.events import event_of
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.judgement import Source
from stream_service.contracts.reply import Reply
from stream_service.devkit.llm_simulator import LlmSimulator
from stream_service.graph import GraphJudge
from stream_service.settings import Settings, load_settings

NASTY = Path(__file__).parents[4] / "shared" / "data" / "nasty.jsonl"


def text_of(row: dict[str, Any]) -> str:
    if "text" in row:
        return str(row["text"])
    if "bytes_hex" in row:
        return bytes.fromhex(row["bytes_hex"]).decode(errors="replace")
    made = row["gen"]
    return str(made["prefix"] + made["unit"] * made["count"] + made["suffix"])


async def ends_of(judge: GraphJudge, row: dict[str, Any]) -> set[str]:
    """What may be said of the row's end: its category, and whether a person decides."""
    try:
        event = event_of({"event_id": row["id"], "text": text_of(row)})
    except InvalidRecord:
        return {"reject"}
    verdict = await judge(event, Source(topic="t", partition=0, offset=0), datetime.now(UTC))
    category = verdict.analysis.category.value
    return {category} if isinstance(verdict, Reply) else {category, "review"}


@pytest.mark.skipif(not NASTY.exists(), reason="the shared data are not here")
async def test_each_ends_in_one_of_its_allowed_outcomes() -> None:
    rows = [json.loads(line) for line in NASTY.read_text().splitlines()]
    wrong: list[tuple[str, set[str], list[str]]] = []
    async with graph_judge(Settings()) as judge:
        for row in rows:
            if row["level"] != "text":
                continue
            ends = await ends_of(judge, row)
            if ends.isdisjoint(row["allowed"]):
                wrong.append((row["id"], ends, row["allowed"]))
    assert not wrong


@pytest.mark.skipif(not NASTY.exists(), reason="the shared data are not here")
async def test_each_ends_in_one_of_its_allowed_outcomes_with_a_language_model() -> None:
    rows = [json.loads(line) for line in NASTY.read_text().splitlines()]
    wrong: list[tuple[str, set[str], list[str]]] = []
    async with LlmSimulator.start() as simulator:
        settings = load_settings([f"llm.base_url={simulator.base_url}", "local.encoder=universal"])
        async with graph_judge(settings) as judge:
            for row in rows:
                if row["level"] != "text":
                    continue
                ends = await ends_of(judge, row)
                if ends.isdisjoint(row["allowed"]):
                    wrong.append((row["id"], ends, row["allowed"]))
        assert simulator.requests.total > len(rows) / 2
    assert not wrong
