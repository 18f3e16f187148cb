"""Every fault of the offline model against every policy of ours: what is shown, what is kept."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import psutil
import pytest
from openai import AsyncOpenAI

from labkit import policies, trials
from labkit.offline.faults import FaultCounter
from labkit.offline.model import Model
from labkit.serving import Server
from labkit.trials import Trial, tried
from tests.settled import settled_async

FIRST_S, IDLE_S, TRIES = 0.6, 0.4, 2
QUESTION = {"role": "user", "content": "In one sentence: why layers?"}
WHOLE = (
    "In short: Wear three layers: one that moves sweat away, one that warms, one that stops wind "
    "and rain."
)
EIGHT = "In short: Wear three layers: one"


async def showing(ask: trials.Ask, show: trials.Show) -> None:
    """Show what comes, and say how it ended."""
    async with await ask() as stream:
        await policies.show_answer(stream, show)


async def limited(ask: trials.Ask, show: trials.Show) -> None:
    """The same within time limits."""
    await policies.show_answer(policies.in_time(ask, FIRST_S, IDLE_S), show)


async def patient(ask: trials.Ask, show: trials.Show) -> None:
    """The same, and ask again before the first text."""

    async def in_time() -> Any:
        return policies.in_time(ask, FIRST_S, IDLE_S)

    await policies.show_answer(policies.ask_again(in_time, TRIES), show)


async def hedged(ask: trials.Ask, show: trials.Show) -> None:
    """Ask two at once, and show the one that speaks first."""
    text = ""
    try:
        async for each in policies.first_to_speak([ask, ask]):
            text += each
            show(text, "writing")
    finally:
        show(text, "incomplete")  # a text alone does not tell whether it is whole


POLICIES = (showing, limited, patient)
AS_USUAL = ("", "slow_start=0.05", "dialect=azure", "dialect=loose", "bad_arguments=1")
BEFORE_TEXT = ("status=500", "status=429;retry_after=0", "cut_after=0", "slow_start=60")
AFTER_TEXT = ("cut_after=8", "truncate_after=8", "error_after=8", "stall_after=8")
SILENT = ("slow_start=60", "stall_after=8")


@pytest.fixture(autouse=True)
def fresh_counter(model: Model) -> None:
    model.counter = FaultCounter()


def with_model(server: Server, body: Callable[[AsyncOpenAI], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
            return await body(client)

    return asyncio.run(main())


def asking(client: AsyncOpenAI, fault: str) -> trials.Ask:
    async def ask() -> Any:
        return await client.chat.completions.create(
            model="m", messages=[QUESTION], stream=True, extra_headers={"x-labkit-fault": fault}
        )

    return ask


def trial(server: Server, policy: trials.Policy, fault: str) -> Trial:
    got = with_model(server, lambda client: tried(policy, asking(client, fault), limit_s=10))
    assert isinstance(got, Trial)
    assert got.left_open == 0
    return got


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("fault", AS_USUAL)
def test_what_is_no_break_is_shown_whole(server: Server, policy: Any, fault: str) -> None:
    got = trial(server, policy, fault)
    assert (got.shown, got.state, got.raised, got.asked) == (WHOLE, "complete", "", 1)


@pytest.mark.parametrize(
    ("policy", "fault"),
    # Without a time limit it would wait for ever; the next test is about that.
    [
        (p, fault)
        for p in POLICIES
        for fault in AFTER_TEXT
        if p is not showing or fault not in SILENT
    ],
)
def test_after_the_first_text_what_came_is_kept_and_called_incomplete(
    server: Server, policy: Any, fault: str
) -> None:
    got = trial(server, policy, fault)
    assert (got.shown, got.state, got.raised, got.asked) == (EIGHT, "incomplete", "", 1)
    assert got.seconds < FIRST_S + IDLE_S + 2


@pytest.mark.parametrize("fault", SILENT)
def test_only_a_policy_without_limits_hangs(server: Server, fault: str) -> None:
    ask: Any = lambda client: tried(showing, asking(client, fault), limit_s=0.3)  # noqa: E731
    assert with_model(server, ask).verdict == "hung"


@pytest.mark.parametrize("fault", BEFORE_TEXT)
def test_before_the_first_text_the_patient_one_asks_again(server: Server, fault: str) -> None:
    once = trial(server, patient, f"{fault};times=1")
    assert (once.shown, once.state, once.asked) == (WHOLE, "complete", 2)
    always = trial(server, patient, fault)
    assert (always.shown, always.state, always.raised) == ("", "incomplete", "")
    assert always.asked == TRIES
    assert always.seconds < TRIES * FIRST_S + 0.5 * 1.25 + 2


@pytest.mark.parametrize("fault", ["status=400", "status=401", "status=404", "error_after=0"])
def test_what_will_not_pass_is_asked_once(server: Server, fault: str) -> None:
    got = trial(server, patient, fault)
    assert (got.shown, got.state, got.asked) == ("", "incomplete", 1)


@pytest.mark.parametrize(
    ("fault", "shown"),
    [("", WHOLE), ("slow_start=60;times=1", WHOLE), ("status=500;times=1", WHOLE)]
    + [(fault, EIGHT) for fault in ("cut_after=8", "truncate_after=8", "error_after=8")],
)
def test_of_two_the_first_to_speak_is_shown_and_none_stays_open(
    server: Server, fault: str, shown: str
) -> None:
    got = trial(server, hedged, fault)
    assert (got.shown, got.asked) == (shown, 2)


def held() -> dict[str, int]:
    process = psutil.Process()
    sockets = len(process.net_connections("inet"))
    return {"threads": threading.active_count(), "all": process.num_threads(), "sockets": sockets}


def test_a_hundred_faults_in_a_row_leave_nothing_behind(server: Server) -> None:
    breaks = ("status=500", "cut_after=0", "truncate_after=8", "cut_after=8", "error_after=8")
    faults = [*breaks, "stall_after=8", "slow_start=60", "dialect=azure", "dialect=loose", ""]

    async def impatient(ask: trials.Ask, show: trials.Show) -> None:
        await policies.show_answer(policies.in_time(ask, 0.1, 0.05), show)

    async def one(client: AsyncOpenAI, fault: str) -> None:
        policy = hedged if fault in ("cut_after=8", "truncate_after=8") else impatient
        assert (await tried(policy, asking(client, fault), limit_s=10)).left_open == 0

    async def run(client: AsyncOpenAI) -> None:
        for fault in faults:  # the first few open what is kept: sockets, a thread of the resolver
            await one(client, fault)
        await settled_async(server.url)
        before = held()
        for fault in faults * 10:
            await one(client, fault)
        await settled_async(server.url)
        assert held() == before
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with_model(server, run)
