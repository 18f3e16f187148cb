"""The SDK's client, with chunks that pydantic builds at a fraction of the cost."""

from typing import Any
from weakref import WeakSet

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk
from pydantic import ValidationError


class ModelClient(openai.AsyncOpenAI):
    """An AsyncOpenAI that asks once, and lets pydantic build the chunks that are valid.

    The SDK builds each chunk field by field in Python, so that a server may send whatever it likes:
    that is a quarter of what the service computes for a delta. Most chunks are what the API's
    reference says, and pydantic's own parser makes the same objects of them.

    It does not ask again by itself: the SDK waits as long as Retry-After says, for up to a minute,
    and meanwhile nobody hears that the model is busy.
    """

    def __init__(self, *, base_url: str, api_key: str) -> None:
        super().__init__(base_url=base_url, api_key=api_key, max_retries=0)
        self._loose: WeakSet[httpx2.Response] = WeakSet()

    def _process_response_data(self, *, data: Any, cast_to: type[Any], response: Any) -> Any:
        # The SDK's own method, not a public one: should it go, the SDK builds everything again.
        if cast_to is ChatCompletionChunk and response not in self._loose:
            try:
                return ChatCompletionChunk.model_validate(data)
            except ValidationError:
                if data.get("choices"):  # Azure's first chunk has none, and the others are valid
                    self._loose.add(response)
        return super()._process_response_data(data=data, cast_to=cast_to, response=response)
