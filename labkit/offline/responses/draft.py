"""One response in the making: as it begins, and as it is in the end."""

import time
from functools import cached_property
from typing import Any

from labkit.offline.answers import Answer, new_id, usage
from labkit.offline.model import snapshot
from labkit.offline.responses.outputs import outputs
from labkit.offline.responses.requests import ResponsesRequest
from labkit.offline.responses.store import Kept


class Draft:
    """One response: its request, and the output that it will have."""

    def __init__(self, request: ResponsesRequest, answer: Answer) -> None:
        self.request = request
        self.outputs = outputs(answer)
        self._answer = answer
        self._head = {
            "id": new_id("resp_", 48),
            "object": "response",
            "created_at": int(time.time()),
        }

    @property
    def is_cut(self) -> bool:
        """Whether it ends before all is said, at `max_output_tokens`."""
        return self._answer.finish_reason == "length"

    def begun(self) -> dict[str, Any]:
        """Return the response as the first events of its stream show it: with no output."""
        return self._response("in_progress", output=[], service_tier="auto", usage=None)

    @cached_property
    def ended(self) -> dict[str, Any]:
        """The whole response."""
        items = [output.item for output in self.outputs]
        more = {"output": items, "service_tier": "default", "usage": self._usage()}
        if self.is_cut:
            reason = {"reason": "max_output_tokens"}
            return self._response("incomplete", incomplete_details=reason, **more)
        return self._response("completed", completed_at=int(time.time()), **more)

    def kept(self) -> Kept:
        """Return what a later request needs to go on from here."""
        return Kept(self.ended, self.request.items)

    def _response(self, status: str, **more: Any) -> dict[str, Any]:
        fixed = {"completed_at": None, "error": None, "incomplete_details": None}
        model = snapshot(self.request.chat.model)
        settings = self.request.settings
        return {**self._head, "status": status, **fixed, "model": model, **settings, **more}

    def _usage(self) -> dict[str, Any]:
        counts = usage(self.request.chat, [self._answer])
        return {
            "input_tokens": counts.prompt_tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": counts.completion_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": counts.total_tokens,
        }
