"""What a reader is told when an answer fails: a code for programs, a sentence for people."""

import httpx2
import openai
from semantic_kernel.exceptions import ServiceResponseException

from labkit.service.agent import IncompleteError
from labkit.service.events import ErrorCode, Failed
from labkit.service.time_limits import FirstTokenTimeout, IdleTimeout

_SENTENCES: dict[ErrorCode, str] = {
    "first_token_timeout": "The model has not begun to answer in time. Please ask again.",
    "idle_timeout": "The model has fallen silent. Please ask again.",
    "answer_timeout": "The answer takes too long, and ends here.",
    "model_busy": "The model has too much to do just now. Please ask again in a minute.",
    "model_refused": "The service cannot use its model. Please tell its operator.",
    "model_error": "The model broke off. Please ask again.",
    "incomplete": "The answer was cut: this is not all of it.",
    "superseded": "You go on with this answer in another place.",
    "stopped": "The answer was stopped.",
    "shutting_down": "The service is restarting, and the answer ends here. Please ask again.",
    "internal_error": "Something went wrong here. Please ask again.",
}

# The first kind that fits counts: APIError is the SDK's base, and OSError that of TimeoutError.
_KINDS: tuple[tuple[type[BaseException], ErrorCode], ...] = (
    (IncompleteError, "incomplete"),
    (FirstTokenTimeout, "first_token_timeout"),
    (IdleTimeout, "idle_timeout"),
    (TimeoutError, "answer_timeout"),
    (openai.RateLimitError, "model_busy"),
    (openai.AuthenticationError, "model_refused"),
    (openai.PermissionDeniedError, "model_refused"),
    (openai.NotFoundError, "model_refused"),
    (openai.BadRequestError, "model_refused"),
    (openai.APITimeoutError, "idle_timeout"),
    (openai.APIError, "model_error"),
    (httpx2.TransportError, "model_error"),
    (OSError, "model_error"),
    (ServiceResponseException, "model_error"),
)


def failed(code: ErrorCode) -> Failed:
    """Return the last event of an answer that ends with `code`."""
    return Failed(code=code, message=_SENTENCES[code])


def code_of(error: BaseException) -> ErrorCode:
    """Return what has happened; the text of `error` may quote the answer, so nobody reads it."""
    cause = error.__cause__ if isinstance(error, ServiceResponseException) else None
    for kind, code in _KINDS:
        if isinstance(cause or error, kind):
            return code
    return "internal_error"
