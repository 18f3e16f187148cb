"""The paths of the Responses dialect."""

from functools import partial

from openai.types.responses import Response as ResponseObject
from openai.types.responses import ResponseItemList
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from labkit.offline.answers import answer
from labkit.offline.delivery import streamed, whole
from labkit.offline.gate import api_headers, check_key, fault_for
from labkit.offline.model import Model
from labkit.offline.responses import writer
from labkit.offline.responses.draft import Draft
from labkit.offline.responses.requests import parse_request
from labkit.offline.responses.store import Kept, Responses
from labkit.offline.shapes import checked_json
from labkit.offline.shelf import page


async def _create(request: Request) -> Response:
    check_key(request)
    model: Model = request.app.state.model
    asked = parse_request(await request.body(), _kept(model))
    fault, seed = fault_for(request, asked.chat.digest), asked.chat.seed
    [said] = answer(asked.chat, fault)
    draft = Draft(asked, said)
    keep = partial(_keep, model, draft)
    if asked.chat.stream:
        return streamed(model, writer.stream(draft, keep), fault, seed, error=writer.error)
    body = checked_json(ResponseObject, draft.ended).encode()
    response = await whole(model, body, fault, seed, tokens=said.tokens)
    keep()
    return response


def _keep(model: Model, draft: Draft) -> None:
    if draft.request.settings["store"]:
        _kept(model).add(draft.ended["id"], draft.kept())


async def _retrieve(request: Request) -> Response:
    return JSONResponse(_found(request).body, headers=api_headers())


async def _delete(request: Request) -> Response:
    id = _found(request).body["id"]
    _kept(request.app.state.model).remove(id)
    return JSONResponse({"id": id, "object": "response", "deleted": True}, headers=api_headers())


async def _input_items(request: Request) -> Response:
    """List what a response answered, earlier turns included: the newest item first, by default."""
    listed = page(_found(request).items, request.query_params)
    ends = {name: listed[name] or "" for name in ("first_id", "last_id")}
    body = checked_json(ResponseItemList, listed | ends)
    return Response(body, media_type="application/json", headers=api_headers())


def _found(request: Request) -> Kept:
    check_key(request)
    return _kept(request.app.state.model).get(request.path_params["id"])


def _kept(model: Model) -> Responses:
    return model.remembered(Responses)


def _below(prefix: str) -> list[Route]:
    return [
        Route(f"{prefix}/responses", _create, methods=["POST"]),
        Route(f"{prefix}/responses/{{id}}", _retrieve, methods=["GET"]),
        Route(f"{prefix}/responses/{{id}}", _delete, methods=["DELETE"]),
        Route(f"{prefix}/responses/{{id}}/input_items", _input_items, methods=["GET"]),
    ]


ROUTES = _below("/v1")

AZURE = _below("")
"""Below Azure's own prefix; a request has to say its `api-version`."""
