"""The SDK's client, with chunks that pydantic builds at a fraction of the cost."""

from typing import Any

import openai
import pydantic


class ModelClient(openai.AsyncOpenAI):
    """An AsyncOpenAI that lets pydantic build what is valid, and the SDK the rest.

    The SDK builds each chunk field by field in Python, so that a server may send whatever it likes:
    that is a quarter of what the service computes for a delta. Most chunks are what the API's
    reference says, and pydantic's own parser makes the same objects of them.
    """

    def _process_response_data(self, *, data: object, cast_to: type[Any], response: Any) -> Any:
        # The SDK's own method, not a public one: should it go, the SDK builds everything again.
        if isinstance(cast_to, type) and issubclass(cast_to, pydantic.BaseModel):
            try:
                return cast_to.model_validate(data)
            except pydantic.ValidationError:
                pass  # Azure's first chunk, a local server's: the SDK takes them as they are
        return super()._process_response_data(data=data, cast_to=cast_to, response=response)
