"""Right answers of notebook 09 that differ from our own: every one of them must pass."""

# Learners do not annotate.
# ruff: noqa: ANN001, ANN201, ANN202, ASYNC110
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
from contextlib import suppress
from hmac import compare_digest


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
        if not _same(base64.urlsafe_b64encode(ours), signature):
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


async def drain_in_loops(tasks, limit_s, tell):
    loop = asyncio.get_running_loop()
    until_s = loop.time() + limit_s
    for task in tasks:
        await asyncio.wait([task], timeout=max(0, until_s - loop.time()))
    cancelled = set()
    for task in tasks:
        if not task.done():
            task.cancel()
            cancelled.add(task)
    for task in cancelled:
        await asyncio.wait([task])
        with suppress(Exception):
            await tell(task)
    return cancelled


async def drain_by_shield(tasks, limit_s, tell):
    everything = asyncio.gather(*tasks, return_exceptions=True)
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(everything), limit_s)
    late = {task for task in tasks if not task.done()}
    for task in late:
        task.cancel()
    await everything
    for task in late:
        with suppress(Exception):
            await tell(task)
    return late


async def drain_by_a_group(tasks, limit_s, tell):
    async def end(task):
        await asyncio.wait({task})
        with contextlib.suppress(Exception):
            await tell(task)

    try:
        async with asyncio.timeout(limit_s):
            if tasks:
                await asyncio.wait(tasks)
    except TimeoutError:
        pass
    late = [task for task in tasks if not task.done()]
    async with asyncio.TaskGroup() as group:
        for task in late:
            task.cancel()
            group.create_task(end(task))
    return set(late)


async def drain_as_completed(tasks, limit_s, tell):
    for ended in asyncio.as_completed(tasks, timeout=limit_s):
        with suppress(asyncio.CancelledError, Exception):
            await ended
    late = {task for task in tasks if not task.done() and task.cancel()}
    for task in late:
        try:
            await task
        except (asyncio.CancelledError, Exception):
            pass
        finally:
            with suppress(Exception):
                await tell(task)
    return late


async def drain_by_looking(tasks, limit_s, tell):
    slept_s = 0.0
    while slept_s < limit_s and not all(task.done() for task in tasks):
        await asyncio.sleep(0.1)
        slept_s += 0.1
    late = set(filter(lambda task: not task.done(), tasks))
    [task.cancel() for task in late]
    while not all(task.done() for task in late):
        await asyncio.sleep(0.1)
    await asyncio.gather(*[tell(task) for task in late], return_exceptions=True)
    return late


async def drain_by_a_timer(tasks, limit_s, tell):
    late = set()

    def cancel_the_rest():
        late.update(task for task in tasks if not task.done())
        for task in late:
            task.cancel()

    timer = asyncio.get_running_loop().call_later(limit_s, cancel_the_rest)
    await asyncio.gather(*tasks, return_exceptions=True)
    timer.cancel()
    for task in late:
        try:
            await tell(task)
        except Exception as error:
            print(error)
    return late


async def drain_by_callbacks(tasks, limit_s, tell):
    left, empty = set(tasks), asyncio.Event()

    def forget(task):
        left.discard(task)
        if not left:
            empty.set()

    for task in tasks:
        task.add_done_callback(forget)
    if left:
        with suppress(TimeoutError):
            await asyncio.wait_for(empty.wait(), limit_s)
    late = left.copy()
    telling = []
    for task in late:
        task.cancel()
    for task in late:
        await asyncio.gather(task, return_exceptions=True)
        telling.append(asyncio.ensure_future(tell(task)))
    await asyncio.gather(*telling, return_exceptions=True)
    return late


RIGHT = [
    ("09.resumed", resumed_by_pattern),
    ("09.resumed", resumed_by_rsplit),
    ("09.resumed", resumed_by_bisect),
    ("09.resumed", resumed_by_its_own_spelling),
    ("09.use_ticket", ticket_by_split),
    ("09.use_ticket", ticket_by_decoding),
    ("09.use_ticket", ticket_by_text),
    ("09.use_ticket", ticket_within_one_try),
    ("09.drain", drain_in_loops),
    ("09.drain", drain_by_shield),
    ("09.drain", drain_by_a_group),
    ("09.drain", drain_as_completed),
    ("09.drain", drain_by_looking),
    ("09.drain", drain_by_a_timer),
    ("09.drain", drain_by_callbacks),
]
