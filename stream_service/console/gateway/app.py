"""The gateway: routes, problems, and the OpenAPI document."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from stream_service.console.errors import ConsoleError
from stream_service.console.gateway.bodies import invalid_field
from stream_service.console.gateway.direct import Direct
from stream_service.console.gateway.door import Door
from stream_service.console.gateway.guards import Guards, Origin, RequestDurations
from stream_service.console.gateway.problems import Problem, ProblemDocument, problem_of
from stream_service.console.gateway.rate import RateLimit
from stream_service.console.gateway.routes import (
    analysis,
    dead_letters,
    feedback,
    health,
    operation,
    reviews,
    streams,
)
from stream_service.console.gateway.search_shapes import DeadLetterSearch
from stream_service.console.gateway.shapes import (
    DecisionRequest,
    RedriveManyRequest,
    RedriveRequest,
)
from stream_service.console.services import Services
from stream_service.contracts.faults import InvalidRecord
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.observe.build_info import VERSION
from stream_service.observe.logs import logger

_ROUTERS = (feedback, analysis, reviews, dead_letters, operation, streams, health)

_READ_BY_ROUTES = (DeadLetterSearch, DecisionRequest, RedriveManyRequest, RedriveRequest)
"""Of which the framework knows nothing: their routes read them, when it is known who asks."""

_STATUS_KINDS = {404: "not-found", 405: "method-not-allowed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayOptions:
    """How the gateway treats requests."""

    hosts: Collection[str] = ()
    """Names under which it is reached, beside this machine's own."""
    requests_per_s: float = 2_000
    """Of each who asks; 0 for no limit."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """The application, with its door around it."""

    app: ASGIApp
    """For the server."""
    stopping: asyncio.Event
    """Set before a stop: open streams end."""
    guards: Guards
    """For whoever adds pages."""
    has_sockets: bool = False
    """Whether WebSockets are served: pages need them, the API does not."""


def create_gateway(services: Services, options: GatewayOptions) -> Gateway:
    """The gateway to ``services``."""
    api = FastAPI(
        title="Customer feedback",
        version=VERSION,
        description="Publish feedback, ask what became of it, decide reviews, repair dead letters.",
        # Their pages fetch scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    api.state.services = services
    api.state.stopping = asyncio.Event()
    for module in _ROUTERS:
        api.include_router(module.router)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _refused)
    for kind in (Problem, ConsoleError, InvalidRecord, Exception):
        api.add_exception_handler(kind, _failed)
    api.openapi = lambda: _document(api)
    guards = Guards(
        Origin(options.hosts),
        RateLimit(options.requests_per_s),
        RequestDurations(services.registry),
    )
    door = Door(
        Direct(api, feedback.DIRECT, _failed),
        authenticator=services.authenticator,
        guards=guards,
    )
    return Gateway(door, api.state.stopping, guards)


async def _invalid(_request: Request, error: Exception) -> Response:
    faults = cast(RequestValidationError, error).errors()
    # Where it stands, a path or a query, is no part of its name.
    return invalid_field([{**fault, "loc": fault["loc"][1:]} for fault in faults]).response()


async def _refused(_request: Request, error: Exception) -> Response:
    refusal = cast(HTTPException, error)
    kind = _STATUS_KINDS.get(refusal.status_code, "invalid-body")
    return Problem(kind, str(refusal.detail), headers=refusal.headers).response()


async def _failed(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem is None:
        problem = Problem("internal", "a fault of ours; it is logged")
        route: Any = request.scope.get("route")
        logger().exception("request_crashed", route=getattr(route, "path", "unknown"))
    return problem.response()


def _document(api: FastAPI) -> dict[str, Any]:
    if api.openapi_schema is None:
        document = get_openapi(
            title=api.title, version=api.version, description=api.description, routes=api.routes
        )
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for model in (FeedbackEvent, ProblemDocument, *_READ_BY_ROUTES):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            for name, part in schema.pop("$defs", {}).items():
                schemas.setdefault(name, part)
            schemas[model.__name__] = schema
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}, {}]
        api.openapi_schema = document
    return api.openapi_schema
