"""Which parameters are sent to which endpoint."""

import pytest

from stream_service.analysis.llm.client.abilities import Abilities
from stream_service.analysis.llm.client.endpoint import Endpoint
from tests.unit.analysis.llm.asking import question


@pytest.mark.parametrize(
    ("base_url", "cap", "refused"),
    [
        ("https://api.openai.com/v1", "max_completion_tokens", "max_tokens"),
        ("https://x.openai.azure.com/openai/v1", "max_completion_tokens", "max_tokens"),
        ("http://localhost:8080/v1", "max_tokens", "max_completion_tokens"),
        ("https://openai.example/v1", "max_tokens", "max_completion_tokens"),
    ],
)
def test_the_cap_has_the_name_that_the_endpoint_knows(
    base_url: str, cap: str, refused: str
) -> None:
    """L16: OpenAI took the older name away, and servers of one's own ignore the newer one."""
    endpoint = Endpoint(model="m", base_url=base_url)
    abilities = Abilities.assumed(is_openai=endpoint.is_openai, answer_format=None)
    parameters = abilities.parameters(question())
    assert parameters[cap] == 30
    assert refused not in parameters
    # Where the guess was wrong, the endpoint says so, and the other name is sent.
    other = abilities.without(cap)
    assert other is not None
    assert other.parameters(question())[refused] == 30
    uncapped = other.without(refused)
    assert uncapped is not None
    assert not {cap, refused} & uncapped.parameters(question()).keys()
