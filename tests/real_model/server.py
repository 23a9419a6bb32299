"""llama.cpp's server with the small model, in a process of its own."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import ClientError, ClientSession

from stream_service.devkit.kafka.supervised import SupervisedProcess
from tests.real_model.fetching import MODEL_NAME, Asset
from tests.support.waiting import until

SCRIPT = Path(__file__).with_name("serve.py")

START_TIMEOUT_S = 120.0
"""It takes 2 s; a busy machine reads 491 MB slowly."""

CONTEXT_TOKENS = 8_192
"""Room for the longest prompt with its examples, and an answer."""


@dataclass(frozen=True)
class RealModel:
    """An OpenAI-compatible endpoint with a model behind it."""

    base_url: str
    """Ends in ``/v1``."""
    model: str


@asynccontextmanager
async def serving(
    asset: Asset, *, context_tokens: int = CONTEXT_TOKENS
) -> AsyncGenerator[RealModel]:
    """Serve while the block lasts; the server's process ends with this one, however that ends."""
    with TemporaryDirectory() as folder:
        console = Path(folder) / "console.txt"
        server = await SupervisedProcess.start(
            [str(asset.python), str(SCRIPT), str(asset.model), MODEL_NAME, str(context_tokens)],
            console=console,
            environment={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
            remove_when_orphaned=Path(folder),
        )

        async def is_healthy() -> bool:
            if server.exit_status is not None:
                raise AssertionError(f"the server ended:\n{console.read_text('utf-8', 'replace')}")
            address = _address(console)
            return address is not None and await _answers(f"{address}/health")

        try:
            await until(is_healthy, "the model's server", timeout_s=START_TIMEOUT_S)
            yield RealModel(f"{_address(console)}/v1", MODEL_NAME)
        finally:
            await server.kill()


def _address(console: Path) -> str | None:
    for line in console.read_text("utf-8", "replace").splitlines():
        if line.startswith("address "):
            return line.removeprefix("address ")
    return None


async def _answers(url: str) -> bool:
    try:
        async with ClientSession() as http, http.get(url) as response:
            return response.status == 200
    except ClientError:
        return False
