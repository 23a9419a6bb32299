"""``stream-service evaluate``, as it is run."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from stream_service.devkit.llm_simulator import LlmSimulator
from tests.support.worker_process import COMMAND, environment

GOLD = """text,label
The kettle broke after two days and nobody answers my mails,complaint
"Wonderful service, thank you so much!",praise
Do you ship to Norway?,question
东西很好，非常喜欢，还会再买,praise
等了两个小时，送来的饭全凉了,complaint
下午三点开会,other
"""


async def evaluate(*arguments: str) -> tuple[int | None, str, str]:
    command = await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )
    out, errors = await asyncio.wait_for(command.communicate(), 120)
    return command.returncode, out.decode(), errors.decode()


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.csv"
    path.write_text(GOLD, "utf-8")
    return path


async def test_the_local_analyst_by_file_with_a_picture(gold: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    more.write_text('{"text": "Lovely, thank you!", "label": "praise"}\n')
    picture = tmp_path / "picture.html"

    code, out, errors = await evaluate(
        *("--set", "local.encoder=universal", "evaluate", "--data", str(gold)),
        *("--data", str(more), "--json", "--picture", str(picture)),
    )

    assert code == 0, errors
    figures: dict[str, Any] = json.loads(out)
    assert figures["rows"] == {"gold": 5, "more": 1}
    assert figures["left_out"] == {"gold": {"other": 1}, "more": {}}
    assert figures["accuracy"] == {"gold": 1.0, "more": 1.0}
    assert figures["wrong_auto_reply_share"] == 0
    assert figures["cost_usd"] == 0
    assert figures["events_per_s"] > 0
    assert picture.read_text("utf-8").count("<svg") == 2


async def test_a_picture_that_cannot_be_written_costs_no_result(gold: Path, tmp_path: Path) -> None:
    full = tmp_path / "picture.html"
    # Every write to it finds a full disk.
    full.symlink_to("/dev/full")

    code, out, errors = await evaluate(
        *("--set", "local.encoder=universal", "evaluate", "--data", str(gold)),
        *("--json", "--picture", str(full)),
    )

    assert code == 1
    assert json.loads(out)["rows"] == {"gold": 5}
    assert errors == f"error: --picture {full}: No space left on device\n"


async def test_files_may_follow_one_option_and_tables_are_for_people(gold: Path) -> None:
    code, out, errors = await evaluate(
        *("--set", "local.encoder=universal", "evaluate", "--rows", "2", "--data", str(gold)),
    )

    assert code == 0, errors
    assert "reliability" in out
    assert "2 rows in" in out


async def test_a_language_model_is_paid_for(gold: Path) -> None:
    async with LlmSimulator.start() as simulator:
        code, out, errors = await evaluate(
            *("--set", f"llm.base_url={simulator.base_url}", "--set", "llm.model=gpt-4.1-mini"),
            *("--set", "local.encoder=universal", "evaluate", "--data", str(gold), "--json"),
        )
        assert code == 0, errors
        figures: dict[str, Any] = json.loads(out)
        assert figures["model"] == "gpt-4.1-mini"
        assert figures["cost_usd"] > 0
        assert simulator.requests.total >= 5


async def test_a_wrong_file_is_told_before_anything_is_judged(gold: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("text,label\nbad,negative\n")

    code, out, errors = await evaluate("evaluate", "--data", str(gold), str(wrong), "--json")

    assert (code, out) == (1, "")
    assert "wrong.csv: line 2: label: 'negative' is no label; write one of complaint" in errors
    assert "Traceback" not in errors
