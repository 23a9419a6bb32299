"""Changing and asking a simulator in another process, over HTTP beside the model's interface."""

import time

import orjson
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from stream_service.devkit.llm_simulator.behaviour import Behaviour
from stream_service.devkit.llm_simulator.endpoint import Endpoint

BEHAVIOUR_PATH = "/simulator/behaviour"
REQUESTS_PATH = "/simulator/requests"

behaviour_adapter = TypeAdapter(Behaviour)


def add_control(app: web.Application, endpoint: Endpoint) -> None:
    """GET and PUT the behaviour; GET the counts, with this process's CPU seconds."""

    async def show_behaviour(_request: web.Request) -> web.Response:
        return _response(behaviour_adapter.dump_json(endpoint.behaviour))

    async def change_behaviour(request: web.Request) -> web.Response:
        try:
            endpoint.behaviour = behaviour_adapter.validate_json(await request.read())
        except ValidationError as error:
            return web.Response(status=400, text=str(error))
        return await show_behaviour(request)

    async def show_requests(_request: web.Request) -> web.Response:
        return _response(orjson.dumps({**endpoint.traffic.counts(), "cpu_s": time.process_time()}))

    app.router.add_get(BEHAVIOUR_PATH, show_behaviour)
    app.router.add_put(BEHAVIOUR_PATH, change_behaviour)
    app.router.add_get(REQUESTS_PATH, show_requests)


def _response(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")
