"""The agent loop: what `run_agent` costs per delta, beyond the SDK's own loop over the stream."""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from machine import describe
from openai import AsyncOpenAI
from report import Target, median, number, options, positive, table, verdict
from servers import bare, offline_model
from wire import Connection

from labkit.agent import run_agent
from labkit.agent_events import TextDelta, ToolCallForming

_QUESTION = "Explain in detail everything about how to choose hiking boots, a tent and a backpack."
_MESSAGES: list[Any] = [{"role": "user", "content": _QUESTION}]
_LIMIT_US = 20
_START, _END = b"data: ", b"\n\n"

Read = Callable[[AsyncOpenAI], Awaitable[int]]


def main() -> int:
    """Run the benchmark and return the exit code."""
    chosen = _options()
    describe("openai", "httpx2")
    text = _recorded()
    streams = {"text": text, "tool-call fragments": list(map(_as_fragment, text))}
    return verdict([_cost(kind, streams[kind], chosen) for kind in streams], chosen.check)


def _options() -> argparse.Namespace:
    parser = options(__doc__, runs=15)
    parser.add_argument("--requests", type=positive, default=20, help="requests in a run")
    return parser.parse_args()


def _recorded() -> list[bytes]:
    """Return the events of a long answer of the offline model, to be served again and again."""
    with offline_model(pace=0) as model, Connection(model.url) as connection:
        body = {"model": "gpt-4o-mini", "messages": _MESSAGES, "stream": True, "seed": 1}
        return connection.post(body).chunks


def _as_fragment(event: bytes) -> bytes:
    """Return the event with its text as a piece of a tool call's arguments."""
    if not event.startswith(_START + b"{"):
        return event
    chunk = json.loads(event.removeprefix(_START))
    delta = chunk["choices"][0]["delta"]
    if text := delta.pop("content", None):
        delta["tool_calls"] = [{"index": 0, "function": {"arguments": text}}]
    return _START + json.dumps(chunk).encode() + _END


def _cost(kind: str, events: list[bytes], chosen: argparse.Namespace) -> Target:
    """Run A B A B … over the same stream and compare each pair."""
    with tempfile.TemporaryDirectory() as folder, bare(events, Path(folder)) as served:
        pairs = asyncio.run(_pairs(served.url, chosen))
    ours_us, sdk_us = (median(found) for found in zip(*pairs, strict=True))
    beyond_us = median(ours - sdk for ours, sdk in pairs)
    rows = [
        ("async for chunk in stream: pass", number(sdk_us, "µs"), number(0, "µs")),
        ("async for event in run_agent(…): pass", number(ours_us, "µs"), number(beyond_us, "µs")),
    ]
    title = f"CPU per delta, {kind} ({len(events)} events a stream, medians of {chosen.runs})"
    table(title, ("loop", "whole", "beyond the SDK"), rows)
    return Target(f"run_agent beyond the SDK, per delta of {kind}", beyond_us, _LIMIT_US, "µs")


async def _pairs(url: str, chosen: argparse.Namespace) -> list[tuple[float, float]]:
    """Return the microseconds per delta of each pair of runs: `run_agent`, the SDK alone."""
    async with AsyncOpenAI(base_url=url, api_key="sk-bench") as client:
        deltas = await _agent(client)
        if await _sdk(client) < deltas or not deltas:
            raise RuntimeError("Expected deltas from run_agent, at most one per chunk of the SDK.")
        batch = partial(_batch_us, client, deltas=deltas, requests=chosen.requests)
        return [(await batch(_agent), await batch(_sdk)) for _ in range(chosen.runs)]


async def _batch_us(client: AsyncOpenAI, read: Read, *, deltas: int, requests: int) -> float:
    """Read the stream `requests` times; the server's CPU time is its own process's."""
    before_s = time.process_time()
    for _ in range(requests):
        await read(client)
    return (time.process_time() - before_s) / (deltas * requests) * 1e6


async def _agent(client: AsyncOpenAI) -> int:
    """Run the agent for one turn, which runs no tools; return how many deltas it passed on."""
    deltas = 0
    async for event in run_agent(client, "gpt-4o-mini", _MESSAGES, max_turns=1):
        deltas += isinstance(event, TextDelta | ToolCallForming)
    return deltas


async def _sdk(client: AsyncOpenAI) -> int:
    """Read the same stream with nothing but the SDK; return how many chunks came."""
    chunks = 0
    ask: Any = client.chat.completions.create
    async with await ask(model="gpt-4o-mini", messages=_MESSAGES, stream=True) as stream:
        async for _ in stream:
            chunks += 1
    return chunks


if __name__ == "__main__":
    sys.exit(main())
