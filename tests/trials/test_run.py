"""What a trial knows of a policy, whatever the policy says of itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI

from labkit.chunks import delta_of
from labkit.offline.faults import FaultCounter
from labkit.offline.model import Model
from labkit.serving import Server
from labkit.trials import Ask, Policy, Show, Trial, tried
from tests import bad_policies
from tests.agents import no_task_is_left
from tests.settled import settled

QUESTION: Any = [{"role": "user", "content": "How do I choose hiking boots?"}]
Body = Callable[[Ask], Awaitable[Any]]


def tried_with(server: Server, fault: str, body: Body) -> Any:
    """Run `body` with an ask that meets `fault`; see that it leaves no task behind."""

    async def main() -> Any:
        async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:

            async def ask(messages: Any = QUESTION) -> Any:
                headers = {"x-labkit-fault": fault}
                create = client.chat.completions.create
                return await create(
                    model="m", messages=messages, stream=True, extra_headers=headers
                )

            result = await body(ask)
            await no_task_is_left()
            return result

    return asyncio.run(main())


def trial(server: Server, policy: Policy, fault: str, limit_s: float = 20.0) -> Trial:
    got = tried_with(server, fault, lambda ask: tried(policy, ask, limit_s=limit_s))
    assert isinstance(got, Trial)
    return got


BREAKS = ["cut_after=12", "error_after=12"]
CASES = [
    *[(p, "", "complete") for p in ("naive", "careful", "forgetful", "again", "racing")],
    *[(p, d, "complete") for p in ("naive", "careful") for d in ("dialect=azure", "dialect=loose")],
    *[("naive", fault, "raised") for fault in (*BREAKS, "status=429;retry_after=1", "status=500")],
    ("naive", "truncate_after=12", "showed a cut answer as whole"),
    ("naive", "slow_start=0.05", "complete"),
    *[
        ("careful", f, "incomplete, and said so")
        for f in (*BREAKS, "truncate_after=12", "status=500")
    ],
    *[("forgetful", fault, "lost text") for fault in BREAKS],
    *[("again", f"{fault};times=1", "complete") for fault in (*BREAKS, "truncate_after=12")],
    ("again", "status=429;retry_after=1;times=2", "complete"),
    ("again", "cut_after=13", "lost text"),
    ("again", "status=503", "incomplete, and said so"),
    *[("doubling", f"{fault};times=1", "mixed up the text") for fault in BREAKS],
    ("doubling", "status=500;times=1", "complete"),
    ("doubling", "status=501", "did not say how it ended"),
    *[("hasty", f, "left a stream open") for f in ("", "stall_after=12", "dialect=azure")],
    ("impatient", "stall_after=12", "incomplete, and said so"),
    ("impatient", "slow_start=60", "incomplete, and said so"),
    ("racing", "truncate_after=12", "incomplete, and said so"),
    ("careless", "stall_after=12", "left a stream open"),
]


@pytest.fixture(autouse=True)
def nothing_stays_open(http: httpx2.Client) -> Iterator[None]:
    """See that every stream of the server ends with its trial, if not in the same moment."""
    yield
    settled(http)


@pytest.mark.parametrize(("policy", "fault", "verdict"), CASES)
def test_every_policy_gets_its_verdict(
    server: Server, model: Model, policy: str, fault: str, verdict: str
) -> None:
    model.counter = FaultCounter()
    assert trial(server, getattr(bad_policies, policy), fault).verdict == verdict


@pytest.mark.parametrize("policy", ["naive", "careful"])
@pytest.mark.parametrize("fault", ["stall_after=12", "slow_start=60", "stall_after=0"])
def test_a_policy_without_a_limit_hangs_when_the_stream_does(
    server: Server, policy: str, fault: str
) -> None:
    got = trial(server, getattr(bad_policies, policy), fault, limit_s=0.3)
    assert (got.verdict, got.raised, got.left_open) == ("hung", "", 0)
    assert 0.3 <= got.seconds < 5
    assert bool(got.shown) == (got.ttft_s is not None) == (fault == "stall_after=12")


def test_a_trial_tells_how_often_was_asked_and_what_came(server: Server) -> None:
    got = trial(server, bad_policies.again, "cut_after=7")
    assert (got.asked, got.state, got.complete, got.left_open) == (3, "incomplete", False, 0)
    assert [each.finish_reason for each in got.heard] == [None] * 3
    assert [each.again for each in got.heard] == [False, True, True]
    assert len({each.text for each in got.heard}) == 1
    assert got.ttft_s is not None
    assert 0 < got.ttft_s <= got.seconds


@pytest.mark.parametrize(
    ("text", "state", "why"),
    [
        ("a", "done", "show takes a state of writing, complete, incomplete"),
        (None, "complete", "a str; got NoneType"),
    ],
)
def test_show_is_particular(server: Server, text: Any, state: str, why: str) -> None:
    async def policy(ask: Ask, show: Show) -> None:
        show(text, state)

    got = trial(server, policy, "")
    assert why in got.raised
    assert (got.shown, got.state) == ("", "nothing shown")


def test_an_ask_that_returns_no_stream_is_told_so() -> None:
    async def ask() -> str:
        return "the answer"

    got = asyncio.run(tried(bad_policies.naive, ask))
    assert "an asynchronous stream, as AsyncOpenAI does with stream=True; got str." in got.raised
    assert (got.asked, got.verdict) == (1, "raised")


def test_a_generator_of_strings_is_a_stream_too() -> None:
    async def words() -> AsyncIterator[str]:
        yield "one "
        yield "two"

    async def ask() -> AsyncIterator[str]:
        return words()

    got = asyncio.run(tried(bad_policies.careful, ask))
    assert [each.text for each in got.heard] == [got.shown] == ["one two"]
    assert got.verdict == "incomplete, and said so"  # strings never say why they end


def test_the_stream_is_passed_through_as_it_is(server: Server) -> None:
    seen: list[Any] = []

    async def policy(ask: Ask, show: Show) -> None:
        async with await ask() as stream:
            seen.append(stream.response.status_code)
            seen.append(delta_of(await anext(stream)).text)
        seen.append(stream.response.is_closed)
        other = await ask()
        await other.response.aclose()
        for close in ("close", "aclose"):
            await getattr(await ask(), close)()
        show("", "incomplete")

    got = trial(server, policy, "stall_after=5")
    assert seen == [200, "", True]
    assert (got.left_open, got.asked, got.verdict) == (0, 4, "incomplete, and said so")


def test_a_policy_that_makes_light_of_its_cancellation_asks_and_shows_no_more(
    server: Server,
) -> None:
    stubborn: list[BaseException] = []

    async def policy(ask: Ask, show: Show) -> None:
        while not stubborn:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                show("after the end", "complete")
                try:
                    await ask()
                except RuntimeError as error:
                    stubborn.append(error)

    got = trial(server, policy, "stall_after=5", limit_s=0.05)
    assert (got.verdict, got.shown, got.asked) == ("hung", "", 0)
    assert "This trial is over" in str(stubborn[0])


def test_cancelling_the_trial_cancels_the_policy_and_closes_its_streams(
    server: Server, model: Model, http: httpx2.Client
) -> None:
    cancelled = model.streams.cancelled

    async def body(ask: Ask) -> list[Trial]:
        there = asyncio.Event()
        seen: list[Trial] = []

        def progress(now: Trial) -> None:
            seen.append(now)
            if len(now.shown) > 10:
                there.set()

        running = asyncio.create_task(tried(bad_policies.naive, ask, progress=progress))
        await there.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return seen

    seen = tried_with(server, "stall_after=12", body)
    assert (seen[0].asked, seen[0].state) == (1, "nothing shown")
    assert seen[-1].shown.startswith(seen[1].shown)
    settled(http, cancelled + 1)


def test_what_progress_raises_the_policy_gets() -> None:
    async def words() -> AsyncIterator[str]:
        raise AssertionError("the policy is over before it can ask")

    def progress(trial: Trial) -> None:
        raise ZeroDivisionError("no progress")

    got = asyncio.run(tried(bad_policies.naive, words, progress=progress))
    assert (got.raised, got.verdict) == ("ZeroDivisionError: no progress", "raised")
