"""The SDK's client, with chunks that pydantic builds at a fraction of the cost."""

from typing import Any
from weakref import WeakSet

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk
from pydantic import ValidationError


class ModelClient(openai.AsyncOpenAI):
    """An AsyncOpenAI that does not wait to ask again, and lets pydantic build valid chunks.

    The SDK builds each chunk field by field in Python, so that a server may send whatever it likes:
    that is a quarter of what the service computes for a delta. Most chunks are what the API's
    reference says, and pydantic's own parser makes the same objects of them.

    It asks once more at once where that helps: after a connection that the model had closed, after
    a passing error. Where a model says how long to wait, the SDK would sleep, for up to a minute,
    and nobody would hear that the model is busy.
    """

    def __init__(self, *, base_url: str, api_key: str) -> None:
        super().__init__(base_url=base_url, api_key=api_key, max_retries=1)
        self._loose: WeakSet[httpx2.Response] = WeakSet()

    def _should_retry(self, response: httpx2.Response) -> bool:
        # The SDK's own as well: should it go, the reader hears a moment later of a busy model.
        return response.status_code >= 500 and "retry-after" not in response.headers

    def _process_response_data(self, *, data: Any, cast_to: type[Any], response: Any) -> Any:
        # The SDK's own method, not a public one: should it go, the SDK builds everything again.
        if cast_to is ChatCompletionChunk and response not in self._loose:
            try:
                return ChatCompletionChunk.model_validate(data)
            except ValidationError:
                if data.get("choices"):  # Azure's first chunk has none, and the others are valid
                    self._loose.add(response)
        return super()._process_response_data(data=data, cast_to=cast_to, response=response)
