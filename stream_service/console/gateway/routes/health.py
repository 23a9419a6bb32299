"""Health and metrics, for machines."""

import asyncio
from typing import Any

from fastapi import APIRouter
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from stream_service.console.gateway.requests import Console
from stream_service.console.services import Check, Services
from stream_service.observe.logs import logger

router = APIRouter(tags=["health"])

_CHECK_TIMEOUT_S = 2.0

_DATABASE = "database"
"""The one check that every console has."""

_NOT_READY: dict[int | str, dict[str, Any]] = {
    503: {
        "description": "Something that is needed cannot be had",
        "content": {"application/json": {}},
    }
}


@router.get("/health/live", response_class=PlainTextResponse)
async def get_live() -> str:
    """Whether the process answers."""
    return "live\n"


@router.get("/health/serving", responses=_NOT_READY)
async def get_serving(console: Console) -> JSONResponse:
    """Whether requests are to be sent here: what is stored can be read, and decisions written down.

    Without Kafka too: it is away for every console alike, and pages, figures and decisions work.
    """
    is_up = await _holds(_DATABASE, console.checks[_DATABASE])
    document = {"serving": is_up, "parts": {_DATABASE: "up" if is_up else "down"}}
    return JSONResponse(document, 200 if is_up else 503)


@router.get("/health/ready", responses=_NOT_READY)
async def get_ready(console: Console) -> JSONResponse:
    """Whether feedback can be published and what is stored can be read: for people and alerts."""
    return await _health(console)


@router.get("/health", responses=_NOT_READY)
async def get_health(console: Console) -> JSONResponse:
    """The same, for people."""
    return await _health(console)


@router.get("/metrics", response_class=Response)
async def get_metrics(console: Console) -> Response:
    """For Prometheus."""
    page = await asyncio.to_thread(generate_latest, console.registry)
    return Response(page, headers={"content-type": CONTENT_TYPE_LATEST})


async def _health(console: Services) -> JSONResponse:
    names = list(console.checks)
    good = await asyncio.gather(*(_holds(name, console.checks[name]) for name in names))
    parts = {"kafka": console.kafka_is_there, **dict(zip(names, good, strict=True))}
    # A console without what it can do without is ready: it would else be taken out of use.
    ready = all(is_up for name, is_up in parts.items() if name not in console.optional)
    document = {
        "ready": ready,
        "parts": {name: "up" if is_up else "down" for name, is_up in parts.items()},
        "projection_behind": console.projection.behind,
        "live_views": console.hub.watchers,
    }
    return JSONResponse(document, 200 if ready else 503)


async def _holds(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_S):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the part is down
        logger().warning("check_failed", part=name, error=type(error).__name__)
        return False
    return True
