"""What each layer of the service costs per delta, each in a process of its own, in turn.

As a command, `python layers.py LAYER BASE_URL` reads answers of the model there through the layer:
for each line with a list of requests (JSON) it prints the CPU seconds that they took, all at once.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from itertools import pairwise
from typing import Any

import httpx2
from openai import AsyncOpenAI
from readers import run
from report import median, number, table
from semantic_kernel import Kernel
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import (
    OpenAIChatCompletion,
    OpenAIChatPromptExecutionSettings,
)
from semantic_kernel.contents import ChatHistory
from servers import offline_model, service
from whole_path import QUESTION, from_model, request_bodies, through_service

from labkit.offline.model import MODEL
from labkit.service.agent import INSTRUCTIONS, Agent
from labkit.service.answers import Answers
from labkit.service.metrics import Metrics
from labkit.service.model_client import ModelClient
from labkit.service.settings import Settings
from labkit.service.shop import Shop

Ask = Callable[[int, dict[str, Any]], AsyncIterator[object]]
Run = Callable[[list[dict[str, Any]]], float]


def layers(chosen: argparse.Namespace) -> None:
    """Read the same answers through each layer in turn, and show what each adds."""
    with offline_model(chosen.layer_pace) as model, ExitStack() as stack:
        bodies = asyncio.run(request_bodies(chosen.layer_readers))
        deltas = sum(len(each.texts()) for each in run(from_model(model, bodies, 0)).parsed)
        named = [name for i, name in enumerate(LAYERS, start=1) if i in chosen.layers]
        runs = {name: stack.enter_context(_layer(name, model.url)) for name in named}
        runs[_WHOLE] = stack.enter_context(_service(model.url))
        for read in runs.values():
            read(bodies[:1])  # warm
        rounds = [{name: read(bodies) for name, read in runs.items()} for _ in range(chosen.runs)]
    costs_us = {name: [each[name] / deltas * 1e6 for each in rounds] for name in runs}
    added_us = _added(costs_us)
    rows = [(n, number(median(costs_us[n]), "µs"), number(added_us[n], "µs")) for n in runs]
    title = f"CPU per delta, layer on layer ({deltas:,} deltas a run, medians of {chosen.runs})"
    table(title, ("layer", "up to here", "adds"), rows)


def _added(costs_us: dict[str, list[float]]) -> dict[str, float | None]:
    """Return what each layer costs beyond the one before: compared within each round."""
    names = list(costs_us)
    below = {name: costs_us[before] for before, name in pairwise(names)}
    return {
        name: median(a - b for a, b in zip(found, below.get(name, [0] * len(found)), strict=True))
        for name, found in costs_us.items()
    }


@contextmanager
def _layer(name: str, model_url: str) -> Iterator[Run]:
    """Yield what reads the answers to requests through a layer, and returns the CPU seconds."""
    command = [sys.executable, __file__, name, model_url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        to, back = process.stdin, process.stdout

        def ask(bodies: list[dict[str, Any]]) -> float:
            print(json.dumps(bodies), file=to, flush=True)
            return float(back.readline())

        yield ask
        to.close()


@contextmanager
def _service(model_url: str) -> Iterator[Run]:
    with service(model_url) as served:

        def ask(bodies: list[dict[str, Any]]) -> float:
            before_s = served.cpu_s()
            run(through_service(served, len(bodies), 0))
            return served.cpu_s() - before_s

        yield ask


async def _bytes(client: AsyncOpenAI, ask: AsyncExitStack) -> Ask:
    http = await ask.enter_async_context(httpx2.AsyncClient(timeout=60))
    url, headers = f"{client.base_url}chat/completions", {"authorization": "Bearer sk-bench"}

    async def read(number: int, body: dict[str, Any]) -> AsyncIterator[object]:
        async with http.stream("POST", url, json=body, headers=headers) as response:
            async for chunk in response.aiter_bytes():
                yield chunk

    return read


async def _sdk(client: AsyncOpenAI, _: AsyncExitStack) -> Ask:
    async def read(number: int, body: dict[str, Any]) -> AsyncIterator[object]:
        async with await client.chat.completions.create(**body) as stream:
            async for chunk in stream:
                yield chunk

    return read


async def _chat_service(client: AsyncOpenAI, _: AsyncExitStack) -> Ask:
    chat = OpenAIChatCompletion(ai_model_id=MODEL, async_client=client)

    async def read(number: int, body: dict[str, Any]) -> AsyncIterator[object]:
        chosen = {name: body[name] for name in ("tools", "tool_choice")}
        settings = OpenAIChatPromptExecutionSettings(**chosen)
        history = ChatHistory(system_message=INSTRUCTIONS)
        history.add_user_message(QUESTION.format(number))
        async for contents in chat.get_streaming_chat_message_contents(history, settings):
            yield contents

    return read


async def _sk_agent(client: AsyncOpenAI, _: AsyncExitStack) -> Ask:
    kernel = Kernel()
    kernel.add_plugin(Shop(), "shop")
    agent = ChatCompletionAgent(
        service=OpenAIChatCompletion(ai_model_id=MODEL, async_client=client),
        kernel=kernel,
        name="advisor",
        instructions=INSTRUCTIONS,
        function_choice_behavior=FunctionChoiceBehavior.Auto(),
    )

    async def read(number: int, body: dict[str, Any]) -> AsyncIterator[object]:
        async for response in agent.invoke_stream(messages=QUESTION.format(number)):
            yield response

    return read


async def _answers(client: AsyncOpenAI, stack: AsyncExitStack) -> Ask:
    answers = Answers(Agent(client, MODEL, 20, 20), Settings(), Metrics())
    stack.push_async_callback(answers.close)

    async def read(number: int, body: dict[str, Any]) -> AsyncIterator[object]:
        question = QUESTION.format(number)
        reading = answers.start("bench", question, AsyncExitStack(), resumable=False)
        async for frames in reading.frames:
            yield frames
        reading.leave()

    return read


_WHOLE = "+ SSE to a reader: the service"
_OWN = "+ the SDK's chunks, by its own client"
LAYERS: dict[str, Callable[[AsyncOpenAI, AsyncExitStack], Awaitable[Ask]]] = {
    "the model's bytes (httpx2)": _bytes,
    _OWN: _sdk,
    "the same by ModelClient": _sdk,
    "+ SK's chat service": _chat_service,
    "+ SK's agent": _sk_agent,
    "+ our agent, answer and buffer": _answers,
}


async def main(layer: str, url: str) -> None:
    """Read as often as asked, until standard input ends."""
    async with AsyncExitStack() as stack:
        kind = AsyncOpenAI if layer == _OWN else ModelClient
        client = await stack.enter_async_context(kind(base_url=url, api_key="sk-bench"))
        ask = await LAYERS[layer](client, stack)

        async def read(number: int, body: dict[str, Any]) -> None:
            async for _ in ask(number, body):
                pass

        while line := await asyncio.to_thread(sys.stdin.readline):
            before_s = time.process_time()
            await asyncio.gather(*(read(i, body) for i, body in enumerate(json.loads(line))))
            print(time.process_time() - before_s, flush=True)


if __name__ == "__main__":
    run(main(*sys.argv[1:]))
