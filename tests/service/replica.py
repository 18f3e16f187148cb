"""What one replica admits: `replica.py URL CLIENT`, a process of its own.

Prints how many of 30 questions it admitted and how many of 10 streams it opened; holds these until
its standard input ends.
"""

import asyncio
import sys
from contextlib import AsyncExitStack

from labkit.service.quotas import Quotas
from labkit.service.redis_link import connect
from labkit.service.refusals import Refused


async def main(url: str, client: str) -> None:
    async with connect(url) as redis, AsyncExitStack() as streams:
        quotas = Quotas("25/hour", 7, redis)
        asked = await asyncio.gather(*map(quotas.admit, [client] * 30), return_exceptions=True)
        opened = [await opens(quotas, client, streams) for _ in range(10)]
        print(sum(isinstance(one, dict) for one in asked), sum(opened), flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def opens(quotas: Quotas, client: str, streams: AsyncExitStack) -> bool:
    try:
        await streams.enter_async_context(quotas.open_stream(client))
    except Refused:
        return False
    return True


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
