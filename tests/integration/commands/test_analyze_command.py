"""``stream-service analyze`` with a language model at any base URL."""

import asyncio
import json
import subprocess

from stream_service.devkit.llm_simulator import Behaviour, LlmSimulator
from tests.support.worker_process import COMMAND, environment

TEXT = "The parcel arrived late and broken."


async def analyze(*given: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(
        subprocess.run,
        [*COMMAND, "analyze", TEXT, *given],
        capture_output=True,
        text=True,
        env=environment(**variables),
        timeout=90,
        check=False,
    )


async def test_the_model_at_a_base_url_judges() -> None:
    async with LlmSimulator.start(Behaviour(models=("my-model",), api_key="k")) as simulator:
        given = ("--llm", f"{simulator.base_url}/", "--llm-model", "my-model", "--json")
        ended = await analyze(*given, STREAM_LLM__API_KEY="k")
        assert simulator.requests.latest[-1].body["model"] == "my-model"
    assert ended.returncode == 0, ended.stderr
    provenance = json.loads(ended.stdout)["provenance"]
    assert (provenance["analyst"], provenance["model"]) == ("llm", "my-model")
    assert provenance["degraded"] is False


async def test_an_endpoint_that_is_away_is_not_waited_for_and_the_outcome_says_so() -> None:
    async with LlmSimulator.start() as simulator:
        base_url = simulator.base_url
    ended = await analyze("--llm", base_url)
    assert ended.returncode == 0, ended.stderr
    told = " ".join(ended.stdout.split())
    assert "degraded no answer of the language model: breaker_open" in told
    assert "local" in ended.stdout


async def test_a_base_url_that_is_none_is_refused_by_name() -> None:
    ended = await analyze("--llm", "host:8000/v1")
    assert ended.returncode == 2
    assert "llm.base_url" in ended.stderr
    assert "https://host/v1" in ended.stderr
    assert not ended.stdout


async def test_a_model_without_an_endpoint_is_refused() -> None:
    ended = await analyze("--llm-model", "my-model")
    assert ended.returncode == 2
    assert "--llm URL" in ended.stderr


async def test_standard_input_in_another_encoding_is_told() -> None:
    ended = await asyncio.to_thread(
        subprocess.run,
        [*COMMAND, "analyze", "-"],
        input="包裹晚到了一个多星期".encode("gb18030"),
        capture_output=True,
        env=environment(),
        timeout=90,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == b""
    assert ended.stderr == b"error: standard input is not UTF-8 at byte 0; save it as UTF-8\n"
