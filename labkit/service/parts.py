"""What the routes of one app work with, opened and closed with it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import labkit
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

    Raises LabError if there is no model, ValueError for a setting that cannot be used.
    """
    endpoint = labkit.connect()
    url, key = endpoint.base_url, endpoint.api_key
    async with AsyncExitStack() as stack:
        # One client for all questions: its connections to the model are used again.
        client = await stack.enter_async_context(ModelClient(base_url=url, api_key=key))
        redis = connect(settings.redis_url.get_secret_value()) if settings.shared else None
        if redis:
            stack.push_async_callback(redis.aclose)
        limits_s = settings.first_token_timeout, settings.idle_timeout
        copies = Copies(redis, settings.resume_window, settings.longest_s) if redis else None
        answers = Answers(Agent(client, endpoint.model, *limits_s), settings, metrics, copies)
        stack.push_async_callback(answers.close)
        ticket_key = settings.ticket_key.get_secret_value().encode()
        spent = SpentInRedis(redis) if redis else SpentHere()
        yield Parts(
            settings,
            metrics,
            Tokens.parse(settings.api_tokens.get_secret_value()),
            Tickets(ticket_key, settings.ticket_seconds, spent),
            Quotas(settings.rate_limit, settings.streams_per_client, redis, settings.longest_s),
            answers,
            redis,
        )
