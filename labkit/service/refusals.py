"""What the service says instead of an answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import JSONResponse


@dataclass(eq=False)  # An exception is itself; two of them are never the same.
class Refused(Exception):
    """A request that is not served: HTTP `status`, a `reason` for the metrics, one `sentence`.

    `reason` is one of unauthorized, unknown, missed, rate, streams, origin, body, draining, redis;
    the metrics also count what is `invalid`.
    The sentence goes to the client, so it never holds what the client sent.
    """

    status: int
    reason: str
    sentence: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status} {self.reason}: {self.sentence}"

    def response(self) -> JSONResponse:
        """Return it as the app answers it: `{"detail": sentence}`."""
        return JSONResponse({"detail": self.sentence}, self.status, dict(self.headers))


def unauthorized(sentence: str) -> Refused:
    """Return the refusal for a client that nobody knows."""
    return Refused(401, "unauthorized", sentence, {"WWW-Authenticate": "Bearer"})


def unknown() -> Refused:
    """Return the refusal for an answer that is not there, or that the client may not see."""
    sentence = "There is no such answer, or it is kept no longer: please ask again."
    return Refused(404, "unknown", sentence)


def draining() -> Refused:
    """Return the refusal for a question to a service that is about to end."""
    sentence = "The service is restarting: please ask again in a moment."
    return Refused(503, "draining", sentence, {"Retry-After": "2", "Connection": "close"})


def missed() -> Refused:
    """Return the refusal for events that the reader has not seen and nobody keeps any more."""
    return Refused(410, "missed", "A part of the answer is gone: please ask again.")
