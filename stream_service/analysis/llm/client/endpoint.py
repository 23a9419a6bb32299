"""Where the language model is, and what may be asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from stream_service.analysis.llm.client.answer_size import LEAST_BYTES

OPENAI_BASE_URL = "https://api.openai.com/v1"

NO_KEY = SecretStr("none")
"""Servers of one's own ask for none, yet the client insists on some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An OpenAI-compatible endpoint and the model that it serves."""

    model: str
    base_url: str = OPENAI_BASE_URL
    """Up to and with ``/v1``."""
    api_key: SecretStr = NO_KEY
    headers: Mapping[str, SecretStr] = field(default_factory=dict[str, SecretStr])
    """Sent with every call; gateways want keys under names of their own."""
    max_connections: int = 200
    max_answer_bytes: int = LEAST_BYTES
    """A longer answer is refused while it comes."""
    connect_timeout_s: float = 5.0
    """A host that does not answer a handshake for so long will not answer in time at all."""

    is_traced: bool = False
    """Whether calls go through LangChain's callbacks, for LangSmith: 0.3 ms CPU a call."""

    @property
    def provider(self) -> str:
        """The provider's name for metrics and spans: the well-known ones, else the host's."""
        host = urlsplit(self.base_url).hostname or "unknown"
        if host.endswith("openai.azure.com"):
            return "azure.ai.openai"
        return "openai" if host == "api.openai.com" else host

    @property
    def is_openai(self) -> bool:
        """Whether it is OpenAI itself or its twin at Azure, which took ``max_tokens`` away."""
        return self.provider in {"openai", "azure.ai.openai"}
