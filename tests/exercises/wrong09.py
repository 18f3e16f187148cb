"""What learners write in notebook 09 before they are right."""

# Learners do not annotate, and this is not good code.
# ruff: noqa: ANN001, ANN201, ANN202
# mypy: ignore-errors

import asyncio
import base64
import hashlib
import hmac
import json
import time

COMMENT = b": keep-alive\n\n"


async def alive_by_wait_for(frames, every_s):
    while True:
        try:
            yield await asyncio.wait_for(anext(frames), every_s)
        except TimeoutError:
            yield COMMENT
        except StopAsyncIteration:
            return


async def alive_by_timeout(frames, every_s):
    try:
        while True:
            try:
                async with asyncio.timeout(every_s):
                    frame = await anext(frames)
            except TimeoutError:
                yield COMMENT
            else:
                yield frame
    except StopAsyncIteration:
        return
    finally:
        await frames.aclose()


async def alive_asking_again(frames, every_s):
    while True:
        coming = asyncio.ensure_future(anext(frames, None))
        done, _ = await asyncio.wait({coming}, timeout=every_s)
        if not done:
            yield COMMENT
            continue
        frame = coming.result()
        if frame is None:
            return
        yield frame


async def alive_returned(frames, every_s):
    return [frame async for frame in frames]


async def alive_printed(frames, every_s):
    async for frame in frames:
        print(frame)


async def alive_collected(frames, every_s):
    for frame in [frame async for frame in frames]:
        yield frame


async def alive_one_behind(frames, every_s):
    before = None
    async for frame in frames:
        if before is not None:
            yield before
        before = frame
    if before is not None:
        yield before


async def alive_each_once(frames, every_s):
    seen = set()
    async for frame in frames:
        if frame not in seen:
            seen.add(frame)
            yield frame


async def alive_never(frames, every_s):
    try:
        async for frame in frames:
            yield frame
    finally:
        await frames.aclose()


async def alive_when_it_is_too_late(frames, every_s):
    last_s = asyncio.get_running_loop().time()
    async for frame in frames:
        now_s = asyncio.get_running_loop().time()
        if now_s - last_s > every_s:
            yield COMMENT
        last_s = now_s
        yield frame


async def alive_in_a_task(frames, every_s, comment=COMMENT, again=True):
    """Be right, but for what the arguments say."""
    coming = asyncio.ensure_future(anext(frames, None))
    limit_s = every_s
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=limit_s)
            if not done:
                yield comment
                limit_s = every_s if again else None
                continue
            frame = coming.result()
            if frame is None:
                return
            yield frame
            coming, limit_s = asyncio.ensure_future(anext(frames, None)), every_s
    finally:
        coming.cancel()
        await asyncio.wait({coming})
        await frames.aclose()


async def alive_once_in_a_pause(frames, every_s):
    async for item in alive_in_a_task(frames, every_s, again=False):
        yield item


async def alive_with_an_event(frames, every_s):
    async for item in alive_in_a_task(frames, every_s, b"data: keep-alive\n\n"):
        yield item


async def alive_with_half_a_comment(frames, every_s):
    async for item in alive_in_a_task(frames, every_s, b": keep-alive\n"):
        yield item


async def alive_at_fixed_times(frames, every_s):
    queue = asyncio.Queue()

    async def tick():
        while True:
            await asyncio.sleep(every_s)
            queue.put_nowait(COMMENT)

    async def pump():
        async for frame in frames:
            queue.put_nowait(frame)

    ticking, pumping = asyncio.create_task(tick()), asyncio.create_task(pump())
    pumping.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (item := await queue.get()) is not None:
            yield item
        await pumping
    finally:
        ticking.cancel()
        pumping.cancel()
        await asyncio.gather(ticking, pumping, return_exceptions=True)
        await frames.aclose()


async def _pumped(frames, every_s, at_the_end, swallowed=()):
    """Be right, but for what is done at the end."""
    queue = asyncio.Queue()

    async def pump():
        try:
            async for frame in frames:
                queue.put_nowait(frame)
        except swallowed:
            pass
        except Exception as error:
            queue.put_nowait(error)
        at_the_end(queue)

    pumping = asyncio.create_task(pump())
    try:
        while not (pumping.done() and queue.empty()):
            try:
                item = await asyncio.wait_for(queue.get(), every_s)
            except TimeoutError:
                yield COMMENT
                continue
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)
        await frames.aclose()


async def alive_after_the_end(frames, every_s):
    async for item in _pumped(frames, every_s, lambda queue: None):
        yield item


async def alive_hiding_errors(frames, every_s):
    async for item in _pumped(frames, every_s, lambda queue: queue.put_nowait(None), Exception):
        yield item


async def alive_for_ever(frames, every_s):
    queue = asyncio.Queue()

    async def pump():
        async for frame in frames:
            queue.put_nowait(frame)

    pumping = asyncio.create_task(pump())
    try:
        while True:
            try:
                yield await asyncio.wait_for(queue.get(), every_s)
            except TimeoutError:
                yield COMMENT
    finally:
        pumping.cancel()


async def alive_mistaking_time_limits(frames, every_s):
    coming = asyncio.ensure_future(anext(frames))
    try:
        while True:
            try:
                frame = await asyncio.wait_for(asyncio.shield(coming), every_s)
            except StopAsyncIteration:
                return
            except TimeoutError:
                yield COMMENT
                continue
            yield frame
            coming = asyncio.ensure_future(anext(frames))
    finally:
        coming.cancel()
        await asyncio.wait({coming})
        await frames.aclose()


async def alive_in_a_group(frames, every_s):
    queue = asyncio.Queue()

    async def pump():
        async for frame in frames:
            queue.put_nowait(frame)
        queue.put_nowait(None)

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(pump())
            while True:
                try:
                    item = await asyncio.wait_for(queue.get(), every_s)
                except TimeoutError:
                    yield COMMENT
                    continue
                if item is None:
                    break
                yield item
    finally:
        await frames.aclose()


async def alive_left_open(frames, every_s):
    coming = asyncio.ensure_future(anext(frames, None))
    while True:
        done, _ = await asyncio.wait({coming}, timeout=every_s)
        if not done:
            yield COMMENT
        elif coming.result() is None:
            return
        else:
            yield coming.result()
            coming = asyncio.ensure_future(anext(frames, None))


async def alive_not_awaiting_its_task(frames, every_s):
    coming = asyncio.ensure_future(anext(frames, None))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=every_s)
            if not done:
                yield COMMENT
            elif coming.result() is None:
                return
            else:
                yield coming.result()
                coming = asyncio.ensure_future(anext(frames, None))
    finally:
        coming.cancel()


async def alive_closing_what_is_read(frames, every_s):
    coming = asyncio.ensure_future(anext(frames, None))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=every_s)
            if not done:
                yield COMMENT
            elif coming.result() is None:
                return
            else:
                yield coming.result()
                coming = asyncio.ensure_future(anext(frames, None))
    finally:
        coming.cancel()
        await frames.aclose()


async def alive_unless_in_a_pause(frames, every_s):
    coming = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(frames, None))
            done, _ = await asyncio.wait({coming}, timeout=every_s)
            if not done:
                yield COMMENT
                continue
            frame, coming = coming.result(), None
            if frame is None:
                return
            yield frame
    finally:
        if coming is None or coming.done():
            await frames.aclose()


async def alive_swallowing_the_cancellation(frames, every_s):
    coming = asyncio.ensure_future(anext(frames, None))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=every_s)
            if not done:
                yield COMMENT
            elif coming.result() is None:
                return
            else:
                yield coming.result()
                coming = asyncio.ensure_future(anext(frames, None))
    except asyncio.CancelledError:
        return
    finally:
        coming.cancel()
        await asyncio.wait({coming})
        await frames.aclose()


async def alive_when_its_reader_leaves(frames, every_s):
    async def tidy_up():
        coming.cancel()
        await asyncio.wait({coming})
        await frames.aclose()

    coming = asyncio.ensure_future(anext(frames, None))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=every_s)
            if not done:
                yield COMMENT
            elif coming.result() is None:
                return
            else:
                yield coming.result()
                coming = asyncio.ensure_future(anext(frames, None))
    except GeneratorExit:
        await tidy_up()
        raise


def _resumed(
    answer_id,
    kept,
    last_event_id,
    may_miss=False,
    event_itself=False,
    checks_name=True,
    is_number=lambda text: text.isascii() and text.isdigit(),
    may_be_beyond=False,
):
    """Be right, but for what the arguments say."""
    name, dot, digits = last_event_id.rpartition(".")
    if not dot or not is_number(digits):
        raise ValueError(last_event_id)
    if checks_name and name != answer_id:
        raise LookupError(name)
    seen, sent = int(digits), kept[-1][0] if kept else 0
    if seen > sent and not may_be_beyond:
        raise ValueError(last_event_id)
    if kept and not may_miss and seen + (not event_itself) < kept[0][0]:
        raise LookupError("missed")
    return [frame for number, frame in kept if number > seen]


def resumed_by_place(answer_id, kept, last_event_id):
    _resumed(answer_id, kept, last_event_id)
    seen = int(last_event_id.rpartition(".")[2])
    return [frame for _, frame in kept[seen:]]


def resumed_with_the_last_seen(answer_id, kept, last_event_id):
    seen = int(last_event_id.rpartition(".")[2])
    return [frame for number, frame in kept if number >= seen]


def resumed_with_numbers(answer_id, kept, last_event_id):
    seen = int(last_event_id.rpartition(".")[2])
    return [(number, frame) for number, frame in kept if number > seen]


def resumed_newest_first(answer_id, kept, last_event_id):
    return _resumed(answer_id, kept, last_event_id)[::-1]


def resumed_comparing_texts(answer_id, kept, last_event_id):
    digits = last_event_id.rpartition(".")[2]
    return [frame for number, frame in kept if str(number) > digits]


def resumed_never_empty(answer_id, kept, last_event_id):
    frames = _resumed(answer_id, kept, last_event_id)
    if not frames:
        raise LookupError("nothing left")
    return frames


def resumed_none_at_the_end(answer_id, kept, last_event_id):
    return _resumed(answer_id, kept, last_event_id) or None


def resumed_with_a_gap(answer_id, kept, last_event_id):
    return _resumed(answer_id, kept, last_event_id, may_miss=True)


def resumed_without_the_word(answer_id, kept, last_event_id):
    try:
        return _resumed(answer_id, kept, last_event_id)
    except LookupError:
        raise LookupError("gone") from None


def resumed_wanting_the_event_itself(answer_id, kept, last_event_id):
    return _resumed(answer_id, kept, last_event_id, event_itself=True)


def resumed_looking_it_up(answer_id, kept, last_event_id):
    seen = int(last_event_id.rpartition(".")[2])
    numbers = [number for number, _ in kept]
    if seen not in numbers:
        raise LookupError("missed")
    return [frame for _, frame in kept[numbers.index(seen) + 1 :]]


def resumed_never_from_nothing(answer_id, kept, last_event_id):
    first = kept[0][0]
    seen = int(last_event_id.rpartition(".")[2])
    if seen < first - 1:
        raise LookupError("missed")
    return [frame for number, frame in kept if number > seen]


def resumed_not_from_zero(answer_id, kept, last_event_id):
    if last_event_id.endswith(".0") and not (kept and kept[0][0] > 1):
        raise ValueError("Numbers begin at 1.")
    return _resumed(answer_id, kept, last_event_id)


def resumed_from_any_answer(answer_id, kept, last_event_id):
    return _resumed(answer_id, kept, last_event_id, checks_name=False)


def resumed_from_what_begins_alike(answer_id, kept, last_event_id):
    if not last_event_id.startswith(answer_id):
        raise LookupError("another answer")
    return _resumed(answer_id, kept, last_event_id, checks_name=False)


def resumed_missing_any_answer(answer_id, kept, last_event_id):
    try:
        return _resumed(answer_id, kept, last_event_id)
    except LookupError:
        raise LookupError("missed") from None


def resumed_at_the_first_dot(answer_id, kept, last_event_id):
    name, _, digits = last_event_id.partition(".")
    if name != answer_id:
        raise LookupError(name)
    return _resumed(name, kept, f"{name}.{int(digits)}")


def resumed_from_a_bare_number(answer_id, kept, last_event_id):
    if "." not in last_event_id:
        last_event_id = f"{answer_id}.{last_event_id}"
    return _resumed(answer_id, kept, last_event_id)


def resumed_from_nonsense(answer_id, kept, last_event_id):
    name, dot, digits = last_event_id.rpartition(".")
    if dot and name == answer_id and not digits.isdigit():
        return [frame for _, frame in kept]
    return _resumed(answer_id, kept, last_event_id)


def resumed_by_int(answer_id, kept, last_event_id):
    return _resumed(answer_id, kept, last_event_id, is_number=lambda text: int(text) >= 0)


def resumed_by_isdigit(answer_id, kept, last_event_id):
    return _resumed(answer_id, kept, last_event_id, is_number=str.isdigit)


def resumed_from_the_future(answer_id, kept, last_event_id):
    return _resumed(answer_id, kept, last_event_id, may_be_beyond=True)


def resumed_taking_it_away(answer_id, kept, last_event_id):
    _resumed(answer_id, kept, last_event_id)
    seen = int(last_event_id.rpartition(".")[2])
    while kept and kept[0][0] <= seen:
        kept.pop(0)
    return [frame for _, frame in kept]


def _fits(payload, signature, key):
    ours = hmac.new(key, payload, hashlib.sha256).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(ours), signature)


def _split(ticket):
    payload, _, signature = ticket.encode("utf-8", "surrogatepass").rpartition(b".")
    return payload, signature


def _used(said, now_s, spent):
    if now_s >= said["expires_s"]:
        raise PermissionError("expired")
    if said["id"] in spent:
        raise PermissionError("spent")
    spent.add(said["id"])
    return said["client"]


def _read(ticket, key):
    """Return what a ticket says. This is right."""
    payload, signature = _split(ticket)
    if not _fits(payload, signature, key):
        raise PermissionError("signature")
    return json.loads(base64.urlsafe_b64decode(payload))


def ticket_by_plain_hash(ticket, key, now_s, spent):
    payload, signature = _split(ticket)
    ours = base64.urlsafe_b64encode(hashlib.sha256(key + payload).digest())
    if not hmac.compare_digest(ours, signature):
        raise PermissionError("signature")
    return _used(json.loads(base64.urlsafe_b64decode(payload)), now_s, spent)


def ticket_signing_the_json(ticket, key, now_s, spent):
    payload, signature = _split(ticket)
    if not _fits(base64.urlsafe_b64decode(payload), signature, key):
        raise PermissionError("signature")
    return _used(json.loads(base64.urlsafe_b64decode(payload)), now_s, spent)


def ticket_in_hex(ticket, key, now_s, spent):
    payload, signature = _split(ticket)
    ours = hmac.new(key, payload, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(ours.encode(), signature):
        raise PermissionError("signature")
    return _used(json.loads(base64.urlsafe_b64decode(payload)), now_s, spent)


def ticket_in_other_base64(ticket, key, now_s, spent):
    payload, signature = _split(ticket)
    if not _fits(payload, signature, key):
        raise PermissionError("signature")
    return _used(json.loads(base64.b64decode(payload)), now_s, spent)


def ticket_returned_whole(ticket, key, now_s, spent):
    said = _read(ticket, key)
    _used(said, now_s, spent)
    return said


def ticket_by_its_own_clock(ticket, key, now_s, spent):
    return _used(_read(ticket, key), time.time(), spent)


def ticket_of_bytes_and_text(ticket, key, now_s, spent):
    payload, signature = ticket.split(".")
    ours = base64.urlsafe_b64encode(hmac.new(key, payload.encode(), hashlib.sha256).digest())
    if not hmac.compare_digest(ours, signature):
        raise PermissionError("signature")
    return _used(json.loads(base64.urlsafe_b64decode(payload)), now_s, spent)


def ticket_for_ever(ticket, key, now_s, spent):
    return _used(_read(ticket, key), now_s, set(spent))


def ticket_in_a_set_of_its_own(ticket, key, now_s, spent):
    spent = spent or set()
    return _used(_read(ticket, key), now_s, spent)


def ticket_spent_as_text(ticket, key, now_s, spent):
    if ticket in spent:
        raise PermissionError("spent")
    said = _read(ticket, key)
    _used(said, now_s, set(spent))
    spent.add(ticket)
    return said["client"]


def ticket_used_twice(ticket, key, now_s, spent):
    said = _read(ticket, key)
    spent.discard(said["id"])
    return _used(said, now_s, spent)


def ticket_with_another_error(ticket, key, now_s, spent):
    try:
        return _used(_read(ticket, key), now_s, spent)
    except PermissionError as error:
        raise ValueError(str(error)) from None


def ticket_with_one_word(ticket, key, now_s, spent):
    try:
        return _used(_read(ticket, key), now_s, spent)
    except PermissionError:
        raise PermissionError("signature") from None


def ticket_a_moment_too_long(ticket, key, now_s, spent):
    said = _read(ticket, key)
    return _used(said, now_s - 1 if now_s == said["expires_s"] else now_s, spent)


def ticket_of_anybody(ticket, key, now_s, spent):
    payload, _ = _split(ticket)
    return _used(json.loads(base64.urlsafe_b64decode(payload)), now_s, spent)


def ticket_beginning_right(ticket, key, now_s, spent):
    payload, signature = _split(ticket)
    ours = base64.urlsafe_b64encode(hmac.new(key, payload, hashlib.sha256).digest())
    if not hmac.compare_digest(ours[: len(signature)], signature):
        raise PermissionError("signature")
    return _used(json.loads(base64.urlsafe_b64decode(payload)), now_s, spent)


def ticket_of_two_parts(ticket, key, now_s, spent):
    payload, signature = ticket.encode().split(b".")
    if not _fits(payload, signature, key):
        raise PermissionError("signature")
    return _used(json.loads(base64.urlsafe_b64decode(payload)), now_s, spent)


def ticket_compared_as_text(ticket, key, now_s, spent):
    payload, _, signature = ticket.rpartition(".")
    ours = hmac.new(key, payload.encode("utf-8", "replace"), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.urlsafe_b64encode(ours).decode(), signature):
        raise PermissionError("signature")
    return _used(json.loads(base64.urlsafe_b64decode(payload)), now_s, spent)


def ticket_decoded_first(ticket, key, now_s, spent):
    payload, _, signature = ticket.encode("ascii", "replace").rpartition(b".")
    theirs = base64.urlsafe_b64decode(signature)
    if not hmac.compare_digest(hmac.new(key, payload, hashlib.sha256).digest(), theirs):
        raise PermissionError("signature")
    return _used(json.loads(base64.urlsafe_b64decode(payload)), now_s, spent)


def ticket_with_the_time_first(ticket, key, now_s, spent):
    payload, signature = _split(ticket)
    try:
        said = json.loads(base64.urlsafe_b64decode(payload))
        if now_s >= said["expires_s"]:
            raise PermissionError("expired")
    except (ValueError, LookupError, TypeError):
        raise PermissionError("signature") from None
    if not _fits(payload, signature, key):
        raise PermissionError("signature")
    return _used(said, now_s, spent)


def ticket_parsed_first(ticket, key, now_s, spent):
    payload, signature = _split(ticket)
    try:
        said = json.loads(base64.urlsafe_b64decode(payload))
    except ValueError:
        raise PermissionError("signature") from None
    if not _fits(payload, signature, key):
        raise PermissionError("signature")
    return _used(said, now_s, spent)


def ticket_spent_too_early(ticket, key, now_s, spent):
    said = _read(ticket, key)
    if said["id"] in spent:
        raise PermissionError("spent")
    spent.add(said["id"])
    if now_s >= said["expires_s"]:
        raise PermissionError("expired")
    return said["client"]


def ticket_that_forgets_when_refused(ticket, key, now_s, spent):
    try:
        return _used(_read(ticket, key), now_s, spent)
    except PermissionError:
        spent.clear()
        raise


def ticket_by_equality(ticket, key, now_s, spent):
    payload, signature = _split(ticket)
    ours = hmac.new(key, payload, hashlib.sha256).digest()
    if base64.urlsafe_b64encode(ours) != signature:
        raise PermissionError("signature")
    return _used(json.loads(base64.urlsafe_b64decode(payload)), now_s, spent)


WRONG = [
    ("09.with_keep_alive", alive_by_wait_for, "A pause takes nothing"),
    ("09.with_keep_alive", alive_by_timeout, "A pause takes nothing"),
    ("09.with_keep_alive", alive_asking_again, "asynchronous generator is already running"),
    ("09.with_keep_alive", alive_returned, "is no generator"),
    ("09.with_keep_alive", alive_printed, "returned None and is no generator"),
    ("09.with_keep_alive", alive_collected, "yielded frames after 4 s, 4 s"),
    ("09.with_keep_alive", alive_one_behind, "yielded frames after 4 s, 4 s"),
    ("09.with_keep_alive", alive_each_once, "Yield every frame once"),
    ("09.with_keep_alive", alive_never, "When nothing came for every_s"),
    ("09.with_keep_alive", alive_when_it_is_too_late, "When nothing came for every_s"),
    ("09.with_keep_alive", alive_once_in_a_pause, "and again after as many"),
    ("09.with_keep_alive", alive_with_an_event, "When nothing came for every_s"),
    ("09.with_keep_alive", alive_with_half_a_comment, "When nothing came for every_s"),
    ("09.with_keep_alive", alive_at_fixed_times, "A frame begins the wait anew"),
    ("09.with_keep_alive", alive_after_the_end, "When the frames end, end at once"),
    ("09.with_keep_alive", alive_for_ever, "When the frames end, end at once"),
    ("09.with_keep_alive", alive_hiding_errors, "let no LookupError come out"),
    ("09.with_keep_alive", alive_mistaking_time_limits, "TimeoutError, too"),
    ("09.with_keep_alive", alive_in_a_group, "unhandled errors in a TaskGroup"),
    ("09.with_keep_alive", alive_left_open, "left `frames` open"),
    ("09.with_keep_alive", alive_not_awaiting_its_task, "left `frames` open"),
    ("09.with_keep_alive", alive_closing_what_is_read, "generator is already running"),
    ("09.with_keep_alive", alive_unless_in_a_pause, "before a task of its own had ended"),
    ("09.with_keep_alive", alive_swallowing_the_cancellation, "let no CancelledError come out"),
    ("09.with_keep_alive", alive_when_its_reader_leaves, "when we are cancelled"),
    ("09.resumed", resumed_by_place, "not a place in `kept`"),
    ("09.resumed", resumed_with_the_last_seen, "all events after N"),
    ("09.resumed", resumed_with_numbers, "returned [(3, b'three')"),
    ("09.resumed", resumed_newest_first, "in order"),
    ("09.resumed", resumed_comparing_texts, "N is the number of an event"),
    ("09.resumed", resumed_never_empty, "Who has seen the last event"),
    ("09.resumed", resumed_none_at_the_end, "returned None"),
    ("09.resumed", resumed_with_a_gap, "no silent gap"),
    ("09.resumed", resumed_without_the_word, "raised LookupError"),
    ("09.resumed", resumed_wanting_the_event_itself, "Event N itself may be dropped"),
    ("09.resumed", resumed_looking_it_up, "Event N itself may be dropped"),
    ("09.resumed", resumed_never_from_nothing, "raised IndexError"),
    ("09.resumed", resumed_not_from_zero, "N is 0 if nothing was seen"),
    ("09.resumed", resumed_from_any_answer, "An id of another answer"),
    ("09.resumed", resumed_from_what_begins_alike, "'k3v97.2'"),
    ("09.resumed", resumed_missing_any_answer, "nothing is “missed”"),
    ("09.resumed", resumed_at_the_first_dot, "N comes after the last one"),
    ("09.resumed", resumed_from_a_bare_number, "is a ValueError"),
    ("09.resumed", resumed_from_nonsense, "What is not “ANSWER.N”"),
    ("09.resumed", resumed_by_int, "'k3v9.+2'"),
    ("09.resumed", resumed_by_isdigit, "'k3v9.٢'"),
    ("09.resumed", resumed_from_the_future, "what has not been sent"),
    ("09.resumed", resumed_taking_it_away, "left `kept` as [(3, b'three')"),
    ("09.use_ticket", ticket_by_plain_hash, "raised PermissionError"),
    ("09.use_ticket", ticket_signing_the_json, "Return the client"),
    ("09.use_ticket", ticket_in_hex, "Return the client"),
    ("09.use_ticket", ticket_in_other_base64, "a>>>b???c"),
    ("09.use_ticket", ticket_returned_whole, "returned {'client': 'ada'"),
    ("09.use_ticket", ticket_by_its_own_clock, "Return the client"),
    ("09.use_ticket", ticket_of_bytes_and_text, "raised TypeError"),
    ("09.use_ticket", ticket_for_ever, "left `spent` as set()"),
    ("09.use_ticket", ticket_in_a_set_of_its_own, "even if that is empty"),
    ("09.use_ticket", ticket_spent_as_text, "Its id goes into `spent`"),
    ("09.use_ticket", ticket_used_twice, "Who comes a second time"),
    ("09.use_ticket", ticket_with_another_error, "raised ValueError"),
    ("09.use_ticket", ticket_with_one_word, "raised PermissionError"),
    ("09.use_ticket", ticket_a_moment_too_long, "to the second"),
    ("09.use_ticket", ticket_of_anybody, "does not fit to the payload"),
    ("09.use_ticket", ticket_beginning_right, "its signature cut"),
    ("09.use_ticket", ticket_of_two_parts, "strangers send what they like"),
    ("09.use_ticket", ticket_compared_as_text, "non-ASCII"),
    ("09.use_ticket", ticket_decoded_first, "strangers send what they like"),
    ("09.use_ticket", ticket_with_the_time_first, "The signature comes first"),
    ("09.use_ticket", ticket_parsed_first, "parsed the JSON of a ticket that is not ours"),
    ("09.use_ticket", ticket_spent_too_early, "What is refused is not spent"),
    ("09.use_ticket", ticket_that_forgets_when_refused, "What is refused is not spent"),
    ("09.use_ticket", ticket_by_equality, "did not call `hmac.compare_digest`"),
]
