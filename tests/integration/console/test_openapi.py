"""The OpenAPI document is true: schemathesis sends what it allows, and what it does not.

Streams have no end, so they are not asked here; they have tests of their own.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

from stream_service.console.gateway.app import GatewayOptions
from tests.support.cluster import Cluster
from tests.support.console import caught_up, records_of_every_kind
from tests.support.gateway import running_console
from tests.support.judges import EchoJudge

CASES = 8
"""Of each operation and way, the same at every run."""

_GENERAL: Any = checks
_OF_DOCUMENTS: Any = openapi_checks
CHECKS: list[Any] = [
    _GENERAL.not_a_server_error,
    _OF_DOCUMENTS.status_code_conformance,
    _OF_DOCUMENTS.content_type_conformance,
    _OF_DOCUMENTS.response_schema_conformance,
]

KNOWN = {
    "/v1/feedback/{event_id}": {"event_id": "e0"},
    "/v1/reviews/{event_id}": {"event_id": "e1"},
    "/v1/reviews/{event_id}/decision": {"event_id": "e1"},
    "/v1/dead-letters/{letter_id}": {"letter_id": "0-0"},
    "/v1/dead-letters/{letter_id}/redrive": {"letter_id": "0-0"},
}
"""What is there: made-up names would be answered 404 only."""


@pytest.mark.timeout(300)
# Schemathesis draws by chance inside its strategies.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
async def test_no_server_error_and_no_undocumented_answer(cluster: Cluster, tmp_path: Path) -> None:
    await cluster.create_topics()
    await cluster.publish(records_of_every_kind(cluster.topics))
    async with running_console(
        cluster,
        f"sqlite:///{tmp_path}/console.db",
        judge=EchoJudge(),
        gateway=GatewayOptions(requests_per_s=0),
    ) as console:
        await caught_up(console.services.database, cluster)
        document = (await console.client.get("/openapi.json")).json()
        called = await asyncio.to_thread(_call_all, document, f"http://127.0.0.1:{console.port}")
    paths = {path for path in document["paths"] if "/streams/" not in path}
    assert called == paths
    assert len(paths) > 12


def _call_all(document: dict[str, Any], base_url: str) -> set[str]:
    schema: Any = schemathesis.openapi.from_dict(document)
    called: set[str] = set()
    with requests.Session() as session:
        for found in schema.get_all_operations():
            operation = found.ok()
            path: str = operation.path
            if "/streams/" in path:
                continue
            called.add(path)
            known: list[dict[str, Any]] = (
                [{"path_parameters": KNOWN[path]}] if path in KNOWN else []
            )
            for mode in GenerationMode:
                for parts in [{}, *known]:
                    _call(operation, mode, parts, base_url, session)
    return called


def _call(
    operation: Any, mode: GenerationMode, parts: Any, base_url: str, session: requests.Session
) -> None:
    @given(case=operation.as_strategy(generation_mode=mode, **parts))
    @settings(
        max_examples=CASES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    def call(case: Any) -> None:
        case.call_and_validate(base_url=base_url, session=session, checks=CHECKS, timeout=20)

    try:
        call()
    except Exception as error:
        # Nothing can be made up wrongly where an operation takes nothing.
        if type(error).__name__ in {"Unsatisfiable", "SkipTest"} or "Impossible" in str(error):
            return
        raise
