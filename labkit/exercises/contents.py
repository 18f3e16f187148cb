"""Streams as Semantic Kernel yields them, made of its own types.

Semantic Kernel is imported only when a check begins: the list of all exercises needs none of it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from labkit.exercises.reading import Generated

if TYPE_CHECKING:
    from semantic_kernel.contents import StreamingChatMessageContent


USAGE = {"completion_tokens": 2}


def content(
    text: str | None = None,
    *,
    role: str = "assistant",
    attempt: int = 0,
    items: Any = (),
    usage: Any = None,
    **fields: Any,
) -> "StreamingChatMessageContent":
    """Return one content; `attempt` counts the turns, `items` come beside the text, if any."""
    from semantic_kernel.contents import AuthorRole, StreamingChatMessageContent
    from semantic_kernel.contents import StreamingTextContent as Text

    texts = [] if text is None else [Text(choice_index=0, text=text)]
    return StreamingChatMessageContent(
        role=AuthorRole(role),
        choice_index=0,
        items=[*texts, *items],
        ai_model_id="offline",
        function_invoke_attempt=attempt,
        metadata={"usage": usage},
        **fields,
    )


def said(*texts: str, attempt: int = 0, reason: str | None = "stop") -> list[Any]:
    """Return the contents of a turn of text; without a `reason` it breaks off."""
    from semantic_kernel.contents.utils.finish_reason import FinishReason

    spoken = [content(text, attempt=attempt) for text in ("", *texts)]
    if reason is None:
        return spoken
    last = content(attempt=attempt, finish_reason=FinishReason(reason))
    return [*spoken, last, content(attempt=attempt, usage=USAGE)]


def called(*calls: tuple[str, str]) -> list[Any]:
    """Return the contents of a turn that calls tools: (name, arguments), cut into fragments."""
    from semantic_kernel.contents import FunctionCallContent as Call
    from semantic_kernel.contents.utils.finish_reason import FinishReason

    fragments = []
    for index, (name, arguments) in enumerate(calls):
        fragments.append(Call(id=f"call_{index}", index=index, name=name, arguments=""))
        fragments += [
            Call(index=index, arguments=piece) for piece in (arguments[:5], arguments[5:])
        ]
    asked = [content(), *(content(items=[fragment]) for fragment in fragments)]
    return [*asked, content(finish_reason=FinishReason("tool_calls"))]


def told(*results: str) -> list[Any]:
    """Return the one content with all results of a turn, as Semantic Kernel merges them."""
    from semantic_kernel.contents import FunctionResultContent as Result

    items = [
        Result(id=f"call_{index}", name="shop-search", result=result)
        for index, result in enumerate(results)
    ]
    return [content(role="tool", items=items)]


async def stream(contents: Iterable[Any], *, at_hand: bool = False) -> AsyncIterator[Any]:
    """Yield copies of the contents, for adding changes the first; without a wait if `at_hand`."""
    for each in contents:
        if not at_hand:
            await asyncio.sleep(0)
        yield each.model_copy(deep=True)


class NestedStream(Generated):
    """A stream read through two generators, as Semantic Kernel's services and agents read theirs.

    After its contents it waits for good. Closing the outer generator does not close the inner one,
    which has the connection; `closed` tells whether that one ended before the function did.
    """

    def __init__(
        self, contents: Iterable[Any], error: Exception | None = None, *, at_hand: bool = False
    ) -> None:
        super().__init__()
        self._contents, self._error, self._at_hand = contents, error, at_hand
        self.closed = False

    async def _items(self) -> AsyncGenerator[Any, None]:
        async for each in self._inner():
            yield each

    async def _inner(self) -> AsyncIterator[Any]:
        try:
            async for each in stream(self._contents, at_hand=self._at_hand):
                yield each
            if self._error:
                raise self._error.with_traceback(None)
            await asyncio.Event().wait()
        finally:
            self.closed = not self.over
