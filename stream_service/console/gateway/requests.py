"""What routes take from a request."""

from typing import Annotated, Any, cast

from fastapi import Depends
from starlette.requests import Request

from stream_service.console.access.roles import Permission, Principal
from stream_service.console.gateway.problems import Problem
from stream_service.console.services import Services


def services_of(request: Request) -> Services:
    """The console's services."""
    return cast(Services, request.app.state.services)


async def _services(request: Request) -> Services:
    # Not a plain function: those are called in a thread each time.
    return services_of(request)


Console = Annotated[Services, Depends(_services)]
"""The console's services."""


def permitted(request: Request, permission: Permission) -> Principal:
    """Who asks, if they may. Raises Problem."""
    principal = cast(Principal, request.state.principal)
    if not principal.may(permission):
        raise Problem(
            "forbidden",
            f"the role {principal.role.value} may not {permission.value}; take a token that may",
        )
    return principal


class Needs:
    """A dependency: the permission that a route needs."""

    def __init__(self, permission: Permission) -> None:
        self._permission = permission

    async def __call__(self, request: Request) -> Principal:
        """Who asks. Raises Problem."""
        return permitted(request, self._permission)


Publisher = Annotated[Principal, Depends(Needs(Permission.PUBLISH))]
Viewer = Annotated[Principal, Depends(Needs(Permission.VIEW))]
Reviewer = Annotated[Principal, Depends(Needs(Permission.DECIDE))]
Operator = Annotated[Principal, Depends(Needs(Permission.OPERATE))]

_PROBLEMS = {
    400: "The body cannot be read",
    401: "No token in force was sent",
    403: "The token's role may not, or another site asks",
    404: "There is no such thing",
    408: "The body arrived too slowly",
    409: "It is otherwise already: the detail says how",
    413: "The body is too large",
    415: "The body's type is not supported",
    422: "A field is wrong: the detail names it",
    429: "Too many requests: Retry-After says when",
    503: "Kafka, the database or the judge is away: nothing was done; Retry-After says when",
}

ALWAYS = (401, 403, 422, 429, 503)
WITH_BODY = (400, 408, 413, 415)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with, for the OpenAPI document."""
    return {
        status: {
            "description": _PROBLEMS[status],
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/ProblemDocument"}
                }
            },
        }
        for status in (*ALWAYS, *statuses)
    }
