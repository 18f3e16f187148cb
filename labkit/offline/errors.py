"""The errors that come before a stream: a status and a JSON body, as the real API sends them."""

from typing import Any

# The `type` and `code` that belong to a status, and the words that the API uses for it.
_BY_STATUS: dict[int, tuple[str, str | None, str]] = {
    400: ("invalid_request_error", None, "The request could not be understood."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    403: ("invalid_request_error", None, "You are not allowed to use this model."),
    404: ("invalid_request_error", "model_not_found", "The requested model does not exist."),
    408: ("server_error", None, "The request took too long."),
    409: ("server_error", None, "The request conflicts with another one. Please retry."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests. Please slow down."),
    500: ("server_error", None, "The server had an error while processing your request."),
    503: ("server_error", None, "The engine is currently overloaded, please try again later."),
}


class ApiError(Exception):
    """A request that is answered with an error.

    `status` is the HTTP status; `message`, `type`, `param` and `code` fill the body
    `{"error": {"message", "type", "param", "code"}}`.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.param = param
        self.code = code
        self.headers = headers or {}

    @classmethod
    def from_status(cls, status: int, headers: dict[str, str] | None = None) -> "ApiError":
        """Return the error that the real API would send with this HTTP status."""
        fallback = _BY_STATUS[500 if status >= 500 else 400]
        type_, code, message = _BY_STATUS.get(status, fallback)
        return cls(message, status=status, type=type_, code=code, headers=headers)

    def body(self) -> dict[str, Any]:
        """Return the JSON body, ready to be serialised."""
        fields = {k: getattr(self, k) for k in ("message", "type", "param", "code")}
        return {"error": fields}
