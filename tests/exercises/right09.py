"""Right answers of notebook 09 that differ from our own: every one of them must pass."""

# Learners do not annotate.
# ruff: noqa: ANN001, ANN201, ANN202
# mypy: ignore-errors

import asyncio
import base64
import bisect
import contextlib
import hashlib
import hmac
import json
import re
import secrets
from contextlib import aclosing, suppress
from hmac import compare_digest

COMMENT = b": keep-alive\n\n"


async def alive_by_a_queue(frames, every_s):
    queue = asyncio.Queue()

    async def pump():
        try:
            async with aclosing(frames):
                async for frame in frames:
                    queue.put_nowait((frame, None))
            queue.put_nowait((None, None))
        except Exception as error:
            queue.put_nowait((None, error))

    pumping = asyncio.create_task(pump())
    try:
        while True:
            try:
                frame, error = await asyncio.wait_for(queue.get(), every_s)
            except TimeoutError:
                yield COMMENT
                continue
            if error:
                raise error
            if frame is None:
                return
            yield frame
    finally:
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)
        await frames.aclose()


async def alive_by_a_narrow_queue(frames, every_s):
    queue, end = asyncio.Queue(1), object()

    async def pump():
        try:
            async for frame in frames:
                await queue.put(frame)
        finally:
            with suppress(asyncio.QueueFull):
                queue.put_nowait(end)

    pumping = asyncio.create_task(pump())
    getting = None
    try:
        while not (pumping.done() and queue.empty()):
            getting = getting or asyncio.create_task(queue.get())
            await asyncio.wait(
                {getting, pumping} if not pumping.done() else {getting},
                timeout=every_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if getting.done():
                item, getting = getting.result(), None
                if item is end:
                    break
                yield item
            elif not pumping.done():
                yield COMMENT
        await pumping
    finally:
        for task in filter(None, (pumping, getting)):
            task.cancel()
            await asyncio.wait([task])
        await frames.aclose()


async def alive_by_shield(frames, every_s):
    coming = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(frames))
            try:
                frame = await asyncio.wait_for(asyncio.shield(coming), every_s)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if coming.done():
                    raise
                yield COMMENT
            else:
                coming = None
                yield frame
    finally:
        if coming:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
        await frames.aclose()


async def alive_by_timeout_and_shield(frames, every_s):
    async def next_one():
        return await anext(frames, None)

    async with aclosing(frames):
        coming = asyncio.create_task(next_one())
        try:
            while True:
                try:
                    async with asyncio.timeout(every_s) as limit:
                        frame = await asyncio.shield(coming)
                except TimeoutError:
                    if not limit.expired():
                        raise
                    yield COMMENT
                    continue
                if frame is None:
                    break
                yield frame
                coming = asyncio.create_task(next_one())
        finally:
            coming.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await coming


async def alive_by_a_group_in_a_task(frames, every_s):
    queue, last = asyncio.Queue(), []

    async def pump():
        try:
            async for frame in frames:
                last.append(asyncio.get_running_loop().time())
                queue.put_nowait(frame)
        finally:
            await frames.aclose()

    async def comments(pumping):
        now = asyncio.get_running_loop().time
        due_s = now() + every_s
        while not pumping.done():
            await asyncio.sleep(due_s - now())
            quiet_s = now() - last[-1] if last else every_s
            if quiet_s >= every_s - 0.001:
                queue.put_nowait(COMMENT)
                due_s = now() + every_s
            else:
                due_s = last[-1] + every_s
            last[:] = last[-1:] if quiet_s < every_s - 0.001 else []

    async def both():
        try:
            async with asyncio.TaskGroup() as group:
                pumping = group.create_task(pump())
                commenting = group.create_task(comments(pumping))
                pumping.add_done_callback(lambda _: commenting.cancel())
        except* Exception as errors:
            queue.put_nowait(errors.exceptions[0])
        else:
            queue.put_nowait(None)

    working = asyncio.create_task(both())
    try:
        while (item := await queue.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        working.cancel()
        await asyncio.wait({working})
        await frames.aclose()


async def alive_by_call_later(frames, every_s):
    loop, queue = asyncio.get_running_loop(), asyncio.Queue()
    timer = None

    def wait_anew(said=None):
        nonlocal timer
        if said:
            queue.put_nowait(said)
        if timer:
            timer.cancel()
        timer = loop.call_later(every_s, wait_anew, COMMENT)

    async def pump():
        async for frame in frames:
            wait_anew(frame)

    wait_anew()
    pumping = asyncio.create_task(pump())
    pumping.add_done_callback(queue.put_nowait)
    try:
        while (item := await queue.get()) is not pumping:
            yield item
        pumping.result()
    finally:
        timer.cancel()
        pumping.cancel()
        await asyncio.wait({pumping})
        await frames.aclose()


async def alive_by_sleep_tasks(frames, every_s):
    reading = asyncio.ensure_future(frames.__anext__())
    sleeping = asyncio.create_task(asyncio.sleep(every_s))
    try:
        while True:
            await asyncio.wait({reading, sleeping}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                sleeping.cancel()
                yield reading.result()
                reading = asyncio.ensure_future(frames.__anext__())
            else:
                yield COMMENT
            await asyncio.wait({sleeping})
            sleeping = asyncio.create_task(asyncio.sleep(every_s))
    except StopAsyncIteration:
        pass
    finally:
        for task in (reading, sleeping):
            task.cancel()
        await asyncio.gather(reading, sleeping, return_exceptions=True)
        await frames.aclose()


def resumed_by_pattern(answer_id, kept, last_event_id):
    found = re.fullmatch(r"(.*)\.([0-9]+)", last_event_id)
    if found is None:
        raise ValueError(last_event_id)
    if found[1] != answer_id:
        raise KeyError(found[1])
    seen = int(found[2])
    numbers = [number for number, _ in kept]
    if seen > max(numbers, default=0):
        raise ValueError(f"{seen} is still to come")
    rest = [(number, frame) for number, frame in kept if number > seen]
    if rest and rest[0][0] != seen + 1:
        raise LookupError("You have missed some.")
    return [frame for _, frame in rest]


def resumed_by_rsplit(answer_id, kept, last_event_id):
    name, digits = last_event_id.rsplit(".", 1)
    if not digits or set(digits) - set("0123456789"):
        raise ValueError("no number")
    if name != answer_id:
        raise LookupError("another answer")
    seen = int(digits)
    if not kept:
        if seen:
            raise ValueError("nothing was sent")
        return []
    first, last = kept[0][0], kept[-1][0]
    if seen > last:
        raise ValueError("too far")
    if seen < first - 1:
        raise LookupError(f"missed {first - 1 - seen} events")
    return [frame for _, frame in kept[seen + 1 - first :]]


def resumed_by_bisect(answer_id, kept, last_event_id):
    name, dot, text = last_event_id.rpartition(".")
    if not dot or not (text.isascii() and text.isdecimal()):
        raise ValueError(last_event_id)
    if name != answer_id:
        raise LookupError(name)
    after = int(text) + 1
    place = bisect.bisect_left(kept, after, key=lambda event: event[0])
    if place == len(kept) and after > (kept[-1][0] if kept else 0) + 1:
        raise ValueError("not sent yet")
    if place == 0 and kept and kept[0][0] != after:
        raise LookupError("Missed!")
    return [frame for _, frame in kept[place:]]


def resumed_by_its_own_spelling(answer_id, kept, last_event_id):
    sent = kept[-1][0] if kept else 0
    known = {f"{answer_id}.{number}": number for number in range(sent + 1)}
    if last_event_id not in known:
        name, dot, text = last_event_id.rpartition(".")
        if dot and name != answer_id and re.fullmatch("[0-9]+", text):
            raise LookupError("unknown")
        raise ValueError("nonsense")
    frames = dict(kept)
    try:
        return [frames[number] for number in range(known[last_event_id] + 1, sent + 1)]
    except KeyError as error:
        raise LookupError(f"missed {error}") from None


def ticket_by_split(ticket, key, now_s, spent):
    first, _, second = ticket.partition(".")
    mac = hmac.new(key, first.encode("utf-8", "surrogatepass"), "sha256")
    expected = base64.urlsafe_b64encode(mac.digest())
    if not secrets.compare_digest(expected, second.encode("utf-8", "surrogatepass")):
        raise PermissionError("The signature is wrong.")
    payload = json.loads(base64.urlsafe_b64decode(first))
    if payload["expires_s"] <= now_s:
        raise PermissionError("The ticket has expired.")
    if payload["id"] in spent:
        raise PermissionError("The ticket was spent before.")
    spent |= {payload["id"]}
    return payload["client"]


def ticket_by_decoding(ticket, key, now_s, spent):
    try:
        first, second = ticket.split(".")
        theirs = base64.b64decode(second, altchars=b"-_", validate=True)
        ours = hmac.digest(key, first.encode("ascii"), "sha256")
    except ValueError as error:
        raise PermissionError("signature") from error
    if not compare_digest(ours, theirs):
        raise PermissionError("signature")
    said = json.loads(base64.urlsafe_b64decode(first).decode())
    match said:
        case {"expires_s": until_s} if now_s >= until_s:
            raise PermissionError("expired")
        case {"id": ticket_id} if ticket_id in spent:
            raise PermissionError("spent")
        case {"client": client, "id": ticket_id}:
            spent.update([ticket_id])
            return client


def ticket_by_text(ticket, key, now_s, spent):
    signed = ticket.rsplit(".", 1)
    if len(signed) != 2 or not ticket.isascii():
        raise PermissionError("bad signature")
    ours = hmac.new(key, signed[0].encode(), hashlib.sha256)
    if hmac.compare_digest(signed[1], base64.urlsafe_b64encode(ours.digest()).decode()) is False:
        raise PermissionError("bad signature")
    said = json.loads(base64.urlsafe_b64decode(signed[0]))
    why = "expired" if now_s >= said["expires_s"] else "spent" if said["id"] in spent else ""
    if why:
        raise PermissionError(why)
    spent.add(said["id"])
    return said["client"]


def _same(ours, theirs):
    return compare_digest(ours, theirs)


def ticket_within_one_try(ticket, key, now_s, spent):
    import hmac as signing

    try:
        payload, signature = ticket.encode().split(b".")
        ours = signing.new(key, payload, digestmod="sha256").digest()
        if not _same(ours, base64.urlsafe_b64decode(signature)):
            raise ValueError("not ours")
        said = json.JSONDecoder().decode(base64.urlsafe_b64decode(payload).decode())
    except Exception:
        raise PermissionError("signature") from None
    if said["id"] in spent:
        raise PermissionError("spent")
    if not now_s < said["expires_s"]:
        raise PermissionError("expired")
    spent.add(said["id"])
    return said["client"]


RIGHT = [
    ("09.with_keep_alive", alive_by_a_queue),
    ("09.with_keep_alive", alive_by_a_narrow_queue),
    ("09.with_keep_alive", alive_by_shield),
    ("09.with_keep_alive", alive_by_timeout_and_shield),
    ("09.with_keep_alive", alive_by_a_group_in_a_task),
    ("09.with_keep_alive", alive_by_call_later),
    ("09.with_keep_alive", alive_by_sleep_tasks),
    ("09.resumed", resumed_by_pattern),
    ("09.resumed", resumed_by_rsplit),
    ("09.resumed", resumed_by_bisect),
    ("09.resumed", resumed_by_its_own_spelling),
    ("09.use_ticket", ticket_by_split),
    ("09.use_ticket", ticket_by_decoding),
    ("09.use_ticket", ticket_by_text),
    ("09.use_ticket", ticket_within_one_try),
]
