"""What the routes of one app work with, opened and closed with it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit import providers
from labkit.service.agent import Agent
from labkit.service.answers import Answers
from labkit.service.copies import Copies
from labkit.service.metrics import Metrics
from labkit.service.model_client import ModelClient
from labkit.service.quotas import Quotas
from labkit.service.redis_link import connect
from labkit.service.settings import Settings
from labkit.service.spent import SpentHere, SpentInRedis
from labkit.service.tickets import Tickets
from labkit.service.tokens import Tokens

if TYPE_CHECKING:
    from redis.asyncio import Redis


@dataclass(frozen=True)
class Parts:
    """The parts of a running service; they belong to one event loop."""

    settings: Settings
    metrics: Metrics
    tokens: Tokens
    tickets: Tickets
    quotas: Quotas
    answers: Answers
    redis: "Redis | None"


@asynccontextmanager
async def opened(settings: Settings, metrics: Metrics) -> AsyncIterator[Parts]:
    """Yield the parts of a service, and end what is left of its answers afterwards.

    Raises LabError if no model is chosen, ValueError for a setting that cannot be used.
    """
    async with AsyncExitStack() as stack:
        redis = connect(settings.redis_url.get_secret_value()) if settings.shared else None
        if redis:
            stack.push_async_callback(redis.aclose)
        copies = Copies(redis, settings.resume_window, settings.longest_s) if redis else None
        agent = await stack.enter_async_context(_agent(settings))
        answers = Answers(agent, settings, metrics, copies)
        stack.push_async_callback(answers.close)
        yield Parts(
            settings,
            metrics,
            settings.tokens,
            _tickets(settings, redis),
            Quotas(settings.rate_limit, settings.streams_per_client, redis),
            answers,
            redis,
        )


@asynccontextmanager
async def _agent(settings: Settings) -> AsyncIterator[Agent]:
    """Yield the agent, with one client for all questions: its connections are used again."""
    model = providers.endpoint()
    async with ModelClient(base_url=model.base_url, api_key=model.api_key) as client:
        yield Agent(client, model.model, settings.first_token_timeout, settings.idle_timeout)


def _tickets(settings: Settings, redis: "Redis | None") -> Tickets:
    key = settings.ticket_key.get_secret_value().encode()
    return Tickets(key, settings.ticket_seconds, SpentInRedis(redis) if redis else SpentHere())
