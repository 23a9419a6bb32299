"""A judge whose playbook changes while it works."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pytest

from stream_service.analysis.analyst import AnalystFailed, KnownQuestion
from stream_service.analysis.local import LocalAnalyst
from stream_service.assembly import graph_judge
from stream_service.playbook import read_playbook
from stream_service.settings import load_settings
from tests.support.waiting import until
from tests.unit.graph.scripted import RECEIVED_AT, SOURCE, event, judge_of, reading, reply_to

DEFAULT = (files("stream_service.playbook") / "default.toml").read_text("utf-8")


def versioned(version: str) -> str:
    return DEFAULT.replace('version = "1"', f'version = "{version}"')


async def test_the_next_event_is_judged_by_the_new_playbook() -> None:
    judge = judge_of(reading())
    before = await reply_to(judge, event())
    judge.use(read_playbook(versioned("2").replace("We are sorry", "We regret"), "mine"))
    after = await reply_to(judge, event())

    assert (before.provenance.playbook_version, after.provenance.playbook_version) == ("1", "2")
    assert "We regret" not in before.text
    assert "We regret" in after.text


async def test_the_file_that_the_settings_name_is_watched(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(versioned("a"), "utf-8")
    settings = load_settings(
        [
            f"playbook.path={path}",
            "playbook.reload_interval_s=0.05",
            "local.encoder=universal",
        ]
    )
    async with graph_judge(settings) as judge:
        path.write_text(versioned("bb"), "utf-8")

        async def version() -> str:
            verdict = await judge(event(), SOURCE, RECEIVED_AT)
            return verdict.provenance.playbook_version

        async def is_new() -> bool:
            return await version() == "bb"

        await until(is_new, timeout_s=30)


async def test_a_playbook_whose_questions_cannot_be_learned_changes_nothing_and_ends_no_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn, refused = LocalAnalyst.learn, False

    async def learn_or_fail(analyst: LocalAnalyst, questions: Sequence[KnownQuestion]) -> None:
        nonlocal refused
        if path.read_text("utf-8") == versioned("bb"):
            refused = True
            raise AnalystFailed("scripted to fail")
        await learn(analyst, questions)

    monkeypatch.setattr(LocalAnalyst, "learn", learn_or_fail)
    path = tmp_path / "mine.toml"
    path.write_text(versioned("a"), "utf-8")
    settings = load_settings(
        [f"playbook.path={path}", "playbook.reload_interval_s=0.05", "local.encoder=universal"]
    )
    async with graph_judge(settings) as judge:
        path.write_text(versioned("bb"), "utf-8")
        await until(lambda: refused, timeout_s=30)
        verdict = await judge(event(), SOURCE, RECEIVED_AT)
        assert verdict.provenance.playbook_version == "a"
        path.write_text(versioned("ccc"), "utf-8")

        async def is_new() -> bool:
            verdict = await judge(event(), SOURCE, RECEIVED_AT)
            return verdict.provenance.playbook_version == "ccc"

        await until(is_new, timeout_s=30)
