"""The paths of the chat-completions dialect, OpenAI's and Azure's."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from labkit.offline.answers import answer
from labkit.offline.chat import writer
from labkit.offline.delivery import streamed, whole
from labkit.offline.gate import check_key, fault_for
from labkit.offline.model import Model
from labkit.offline.requests import parse_request


async def _completions(request: Request) -> Response:
    return await _respond(request)


async def _deployed(request: Request) -> Response:
    return await _respond(request, deployment=request.path_params["deployment"])


async def _respond(request: Request, deployment: str | None = None) -> Response:
    """Answer as OpenAI does, or as Azure does where the path names a deployment."""
    check_key(request)
    model: Model = request.app.state.model
    asked = parse_request(await request.body(), model=deployment)
    fault = fault_for(request, asked.digest)
    answers = answer(asked, fault)
    if asked.stream:
        dialect = fault.dialect or ("azure" if deployment else None)
        events = writer.stream(asked, answers, dialect)
        return streamed(model, events, fault, asked.seed, error=writer.error)
    tokens = sum(answer.tokens for answer in answers)
    return await whole(model, writer.completion(asked, answers), fault, asked.seed, tokens=tokens)


ROUTES = [Route("/v1/chat/completions", _completions, methods=["POST"])]

AZURE = [Route("/deployments/{deployment}/chat/completions", _deployed, methods=["POST"])]
"""Below Azure's own prefix; a request has to say its `api-version`."""
