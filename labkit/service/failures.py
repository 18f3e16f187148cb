"""What a reader is told when an answer fails: a code for programs, a sentence for people."""

import openai
from semantic_kernel.exceptions import ServiceResponseException

from labkit.service.agent import IncompleteError
from labkit.service.events import ErrorCode, Failed

_SENTENCES: dict[ErrorCode, str] = {
    "first_token_timeout": "The model has not begun to answer in time. Please ask again.",
    "idle_timeout": "The model has fallen silent. Please ask again.",
    "answer_timeout": "The answer takes too long, and ends here.",
    "model_busy": "The model has too much to do just now. Please ask again in a minute.",
    "model_refused": "The service cannot use its model. Please tell its operator.",
    "model_error": "The model broke off. Please ask again.",
    "incomplete": "The answer was cut: this is not all of it.",
    "shutting_down": "The service is restarting, and the answer ends here. Please ask again.",
    "internal_error": "Something went wrong here. Please ask again.",
}

# The first kind that fits counts: the SDK's APIError is the base of its others.
_KINDS: tuple[tuple[type[BaseException], ErrorCode], ...] = (
    (IncompleteError, "incomplete"),
    (openai.RateLimitError, "model_busy"),
    (openai.AuthenticationError, "model_refused"),
    (openai.PermissionDeniedError, "model_refused"),
    (openai.NotFoundError, "model_refused"),
    (openai.BadRequestError, "model_refused"),
    (openai.APITimeoutError, "idle_timeout"),
    (openai.APIError, "model_error"),
    (ServiceResponseException, "model_error"),
)


def failed(code: ErrorCode) -> Failed:
    """Return the last event of an answer that ends with `code`."""
    return Failed(code=code, message=_SENTENCES[code])


def code_of(error: BaseException) -> ErrorCode:
    """Return what has happened; the text of `error` may quote the answer, so nobody reads it."""
    if isinstance(error, TimeoutError):
        return _timeout(str(error))
    cause = error.__cause__ if isinstance(error, ServiceResponseException) else None
    for kind, code in _KINDS:
        if isinstance(cause or error, kind):
            return code
    return "internal_error"


def _timeout(message: str) -> ErrorCode:
    """Tell the limits apart: in_time says which of its two it was, that of the answer nothing."""
    if message.startswith("idle"):
        return "idle_timeout"
    return "first_token_timeout" if "first" in message else "answer_timeout"
