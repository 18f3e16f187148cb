"""Every fault of the offline model against every policy of ours: what is shown, what is kept."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any, NamedTuple

import openai
import psutil
import pytest
from openai import AsyncOpenAI

from labkit import policies
from labkit.chunks import delta_of
from labkit.offline.faults import FaultCounter
from labkit.offline.model import Model
from labkit.outdoor import TOOLS
from labkit.reply import Reply
from labkit.serving import Server
from labkit.trials import Ask, Policy, Show, Trial, tried
from labkit.trials.trial import NOTHING_SHOWN
from tests.settled import settled_async

FIRST_S, IDLE_S, TRIES = 0.6, 0.4, 2
LONG_S, SOON_S = 20.0, 0.7
QUESTION = {"role": "user", "content": "In one sentence: why layers?"}
ABOUT_A_PRODUCT = {"role": "user", "content": "Show me P001"}
WHOLE = (
    "In short: Wear three layers: one that moves sweat away, one that warms, one that stops wind "
    "and rain."
)
EIGHT = "In short: Wear three layers: one"
SIXTEEN = "In short: Wear three layers: one that moves sweat away, one that warms"


async def showing(ask: Ask, show: Show) -> None:
    """Show what comes, and say how it ended."""
    await policies.show_answer(await ask(), show)


async def limited(ask: Ask, show: Show) -> None:
    """The same within time limits."""
    await policies.show_answer(policies.in_time(ask, FIRST_S, IDLE_S), show)


async def patient(ask: Ask, show: Show) -> None:
    """The same, and ask again before the first text."""

    async def in_time() -> Any:
        return policies.in_time(ask, FIRST_S, IDLE_S)

    await policies.show_answer(policies.ask_again(in_time, TRIES), show)


async def hedged(ask: Ask, show: Show) -> None:
    """Ask two at once, and show the one that speaks first."""
    text = ""
    try:
        async for each in policies.first_to_speak([ask, ask]):
            text += each
            show(text, "writing")
    finally:
        show(text, "incomplete")  # a text alone does not tell whether it is whole


async def going_on(ask: Ask, show: Show) -> None:
    """Go on with what was cut after eight chunks, within time limits."""

    async def in_time(messages: Any) -> Any:
        return policies.in_time(lambda: ask(messages), FIRST_S, IDLE_S)

    text = EIGHT
    try:
        async for each in policies.go_on(in_time, [QUESTION], text):
            text += each
            show(text, "writing")
    finally:
        show(text, "incomplete")


class Ending(NamedTuple):
    """What a trial comes to; `raised` is how the sentence about the error begins."""

    shown: str
    state: str
    asked: int = 1
    raised: str = ""
    hung: bool = False


Row = tuple[Ending, ...]
"""What each of POLICIES comes to."""


def whole() -> Row:
    """No break: all is shown."""
    ends = [Ending(WHOLE, "complete")] * 3
    return *ends, Ending(WHOLE, "incomplete", 2), Ending(WHOLE, "incomplete")


def refused(error: str, tries: int = 1) -> Row:
    """Asking raises `error`; the patient one asks so often."""
    return (
        Ending("", NOTHING_SHOWN, 1, error),
        Ending("", "incomplete"),
        Ending("", "incomplete", tries),
        Ending("", "incomplete", 2, error),
        Ending(EIGHT, "incomplete", 1, error),
    )


def broken(shown: str, more: str, error: str = "", tries: int = 1) -> Row:
    """The stream breaks after `shown`, which is `more` for who goes on."""
    return (
        Ending(shown, "incomplete"),
        Ending(shown, "incomplete"),
        Ending(shown, "incomplete", tries),
        Ending(shown, "incomplete", 2, error),
        Ending(more, "incomplete", 1, error),
    )


def silent(shown: str, more: str, state: str, error: str, tries: int = 1) -> Row:
    """The stream falls silent: without a time limit it hangs, in `state`."""
    return (
        Ending(shown, state, hung=True),
        Ending(shown, "incomplete"),
        Ending(shown, "incomplete", tries),
        Ending(shown, state, 2, hung=True),
        Ending(more, "incomplete", 1, error),
    )


POLICIES: tuple[Policy, ...] = (showing, limited, patient, hedged, going_on)
EXPECTED: dict[str, Row] = {
    "": whole(),
    "slow_start=0.05": whole(),
    "dialect=azure": whole(),
    "dialect=loose": whole(),
    "status=500": refused("InternalServerError", TRIES),
    "status=429;retry_after=0": refused("RateLimitError", TRIES),
    "status=400": refused("BadRequestError"),
    "status=401": refused("AuthenticationError"),
    "status=404": refused("NotFoundError"),
    "slow_start=60": silent("", EIGHT, NOTHING_SHOWN, "TimeoutError: no first text", TRIES),
    "stall_after=0": silent("", EIGHT, NOTHING_SHOWN, "TimeoutError: no first text", TRIES),
    "cut_after=0": broken("", EIGHT, "APIConnectionError", TRIES),
    "truncate_after=0": broken("", EIGHT),
    "error_after=0": broken("", EIGHT, "APIError"),
    "cut_after=8": broken(EIGHT, SIXTEEN, "APIConnectionError"),
    "truncate_after=8": broken(EIGHT, SIXTEEN),
    "error_after=8": broken(EIGHT, SIXTEEN, "APIError"),
    "stall_after=8": silent(EIGHT, SIXTEEN, "writing", "TimeoutError: idle"),
}
EVERY = [(p, fault) for fault, p in product(EXPECTED, POLICIES)]


def expected(policy: Policy, fault: str) -> Ending:
    return EXPECTED[fault][POLICIES.index(policy)]


@pytest.fixture(autouse=True)
def fresh_counter(model: Model) -> None:
    model.counter = FaultCounter()


def with_model(server: Server, body: Callable[[AsyncOpenAI], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
            return await body(client)

    return asyncio.run(main())


def asking(client: AsyncOpenAI, fault: str, question: Any = QUESTION, **more: Any) -> Ask:
    headers = {"x-labkit-fault": fault}

    async def ask(messages: Any = (question,)) -> Any:
        return await client.chat.completions.create(
            model="m", messages=messages, stream=True, extra_headers=headers, **more
        )

    return ask


async def met(client: AsyncOpenAI, policy: Policy, fault: str) -> Trial:
    """Run a trial; whoever is not to hang has a time that none of our waits comes near to."""
    limit_s = SOON_S if expected(policy, fault).hung else LONG_S
    got = await tried(policy, asking(client, fault), limit_s=limit_s)
    assert got.left_open == 0
    return got


@pytest.mark.parametrize(("policy", "fault"), EVERY)
def test_every_policy_meets_every_fault(server: Server, policy: Policy, fault: str) -> None:
    got: Trial = with_model(server, lambda client: met(client, policy, fault))
    wanted = expected(policy, fault)
    assert (got.shown, got.state, got.asked, got.hung) == (*wanted[:3], wanted.hung)
    assert got.raised.startswith(wanted.raised)
    assert bool(got.raised) == bool(wanted.raised)


@pytest.mark.parametrize(
    ("fault", "at_least_s"), [("slow_start=60", FIRST_S), ("stall_after=8", IDLE_S)]
)
def test_nobody_gives_up_before_the_limit(server: Server, fault: str, at_least_s: float) -> None:
    got: Trial = with_model(server, lambda client: met(client, limited, fault))
    assert at_least_s <= got.seconds < LONG_S


@pytest.mark.parametrize(
    "fault", ["status=500", "status=429;retry_after=0", "cut_after=0", "slow_start=60"]
)
def test_the_second_try_of_the_patient_one_is_whole(server: Server, fault: str) -> None:
    ask: Any = lambda client: tried(patient, asking(client, f"{fault};times=1"))  # noqa: E731
    got: Trial = with_model(server, ask)
    assert (got.shown, got.state, got.asked) == (WHOLE, "complete", 2)


@pytest.mark.parametrize("fault", ["slow_start=60;times=1", "status=500;times=1"])
def test_of_two_the_one_that_speaks_is_shown(server: Server, fault: str) -> None:
    got: Trial = with_model(server, lambda client: tried(hedged, asking(client, fault)))
    assert (got.shown, got.asked, got.left_open) == (WHOLE, 2, 0)


def calls(server: Server, fault: str) -> tuple[Reply, list[Exception]]:
    """Return what comes of a tool call, asked for again and within time limits."""
    reply, errors = Reply(), []

    async def read(client: AsyncOpenAI) -> None:
        ask = asking(client, fault, ABOUT_A_PRODUCT, tools=TOOLS)

        async def in_time() -> Any:
            return policies.in_time(ask, FIRST_S, IDLE_S)

        try:
            async for chunk in policies.ask_again(in_time, TRIES):
                reply.add(delta_of(chunk))
        except openai.APIError as error:
            errors.append(error)

    with_model(server, read)
    return reply, errors


def test_bad_arguments_come_through_as_they_are(server: Server) -> None:
    good, _ = calls(server, "")
    assert json.loads(good.tool_calls[0].arguments)
    bad, errors = calls(server, "bad_arguments=1")
    assert (len(bad.tool_calls), bad.finish_reason, errors) == (1, "tool_calls", [])
    with pytest.raises(json.JSONDecodeError):
        json.loads(bad.tool_calls[0].arguments)


def test_half_a_tool_call_is_not_asked_for_again(server: Server) -> None:
    reply, errors = calls(server, "cut_after=4;times=1")
    assert [type(error) for error in errors] == [openai.APIConnectionError]
    assert len(reply.tool_calls) == 1
    assert not reply.whole_calls


class Held(NamedTuple):
    """What this process holds."""

    threads: int
    all_threads: int
    sockets: int


async def held(server: Server, looks: int) -> Held:
    """Return the fewest of so many looks: what is closed is counted a little longer."""
    process, seen = psutil.Process(), []
    for _ in range(looks):
        await settled_async(server.url)
        sockets = len(process.net_connections("inet"))
        seen.append((threading.active_count(), process.num_threads(), sockets))
    return Held(*map(min, zip(*seen, strict=True)))


def test_a_hundred_faults_in_a_row_leave_nothing_behind(server: Server) -> None:
    async def spoiled(client: AsyncOpenAI) -> None:
        ask = asking(client, "bad_arguments=1", ABOUT_A_PRODUCT, tools=TOOLS)
        assert (await tried(patient, ask)).left_open == 0

    async def run(client: AsyncOpenAI) -> None:
        await met(
            client, hedged, "status=400"
        )  # leaves as much as the client ever keeps: two lines
        before = await held(server, 5)
        for policy, fault in EVERY:  # those that hang are cancelled
            await met(client, policy, fault)
        for _ in range(100 - len(EVERY)):
            await spoiled(client)
        after = await held(server, 20)
        assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with_model(server, run)
