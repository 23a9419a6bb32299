"""What a run with a language model logs: never a customer's text, at no level."""

import asyncio
import subprocess

from stream_service.devkit.llm_simulator import LlmSimulator
from tests.support.worker_process import COMMAND, environment


async def test_no_text_and_no_line_a_call_at_level_debug() -> None:
    async with LlmSimulator.start() as simulator:
        given = ["--set", f"llm.base_url={simulator.base_url}", "--log-level", "debug"]
        ended = await asyncio.to_thread(
            subprocess.run,
            [*COMMAND, *given, "analyze", "The unmistakable zeppelin arrived broken"],
            capture_output=True,
            env=environment(),
            timeout=60,
            check=True,
        )
    assert simulator.requests.total >= 1
    assert b"complaint" in ended.stdout
    log = ended.stderr.decode()
    assert "zeppelin" not in log
    assert "HTTP Request" not in log
