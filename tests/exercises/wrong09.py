"""What learners write in notebook 09 before they are right."""

# Learners do not annotate, and this is not good code.
# ruff: noqa: ANN001, ANN201, ANN202
# mypy: ignore-errors

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import time


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


def ticket_decoding_what_nobody_signed(ticket, key, now_s, spent):
    payload, signature = _split(ticket)
    ours = hmac.new(key, payload, hashlib.sha256).digest()
    try:
        fits = hmac.compare_digest(ours, base64.urlsafe_b64decode(signature))
    except ValueError:
        fits = False
    if not fits:
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


async def _as_it_should(tasks, limit_s, tell):
    """Drain as it should be."""
    late = await _cancelled(tasks, limit_s)
    await asyncio.gather(*map(tell, late), return_exceptions=True)
    return late


async def _drained(tasks, late, tell):
    """Cancel what is late, wait for its end, and tell it, all as it should be."""
    late = {task for task in late if not task.done()}
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    await asyncio.gather(*map(tell, late), return_exceptions=True)
    return late


async def _cancelled(tasks, limit_s):
    """Return those that were late, cancelled and at their end."""
    late = (await asyncio.wait(tasks, timeout=limit_s))[1] if tasks else set()
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return late


async def _told(late, tell):
    """Tell one after the other."""
    for task in late:
        with contextlib.suppress(Exception):
            await tell(task)
    return late


async def drain_at_once(tasks, limit_s, tell):
    return await _drained(tasks, tasks, tell)


async def drain_sleeping(tasks, limit_s, tell):
    await asyncio.sleep(limit_s)
    return await _drained(tasks, tasks, tell)


async def drain_looking_seldom(tasks, limit_s, tell):
    for _ in range(limit_s):
        if all(task.done() for task in tasks):
            break
        await asyncio.sleep(1)
    return await _drained(tasks, tasks, tell)


async def drain_until_the_first(tasks, limit_s, tell):
    if not tasks:
        return set()
    when = asyncio.FIRST_COMPLETED
    await asyncio.wait(tasks, timeout=limit_s, return_when=when)
    return await _drained(tasks, tasks, tell)


async def drain_blocking(tasks, limit_s, tell):
    time.sleep(limit_s)  # noqa: ASYNC251
    return await _drained(tasks, tasks, tell)


async def drain_for_ever(tasks, limit_s, tell):
    await asyncio.gather(*tasks, return_exceptions=True)
    return set()


async def drain_without_a_return(tasks, limit_s, tell):
    await _as_it_should(tasks, limit_s, tell)


async def drain_as_a_list(tasks, limit_s, tell):
    return list(await _as_it_should(tasks, limit_s, tell))


async def drain_of_the_done(tasks, limit_s, tell):
    late = await _as_it_should(tasks, limit_s, tell)
    return set(tasks) - late


async def drain_of_some(tasks, limit_s, tell):
    done, late = await asyncio.wait(tasks, timeout=limit_s)
    return await _drained(done, late, tell)


async def drain_of_a_set(tasks, limit_s, tell):
    late = await _as_it_should(tasks, limit_s, tell)
    return tasks & late


async def drain_each_with_the_limit(tasks, limit_s, tell):
    late = set()
    for task in tasks:
        await asyncio.wait({task}, timeout=limit_s)
        if not task.done():
            late |= await _drained(tasks, {task}, tell)
    return late


async def drain_by_wait_for_each(tasks, limit_s, tell):
    late = set()
    for task in tasks:
        try:
            await asyncio.wait_for(task, limit_s)
        except TimeoutError:
            await tell(task)
            late.add(task)
    return late


async def drain_by_wait_for(tasks, limit_s, tell):
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), limit_s)
    return await _drained(tasks, tasks, tell)


async def drain_by_timeout(tasks, limit_s, tell):
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await asyncio.gather(*tasks, return_exceptions=True)
    late = {task for task in tasks if task.cancelled()}
    await asyncio.gather(*map(tell, late), return_exceptions=True)
    return late


async def drain_letting_go(tasks, limit_s, tell):
    if not tasks:
        return set()
    _, late = await asyncio.wait(tasks, timeout=limit_s)
    await asyncio.gather(*map(tell, late), return_exceptions=True)
    return late


async def drain_without_a_wait(tasks, limit_s, tell):
    late = (await asyncio.wait(tasks, timeout=limit_s))[1] if tasks else set()
    for task in late:
        task.cancel()
    await asyncio.gather(*map(tell, late), return_exceptions=True)
    return late


async def drain_with_one_step_to_end(tasks, limit_s, tell):
    late = (await asyncio.wait(tasks, timeout=limit_s))[1] if tasks else set()
    for task in late:
        task.cancel()
    await asyncio.sleep(0)
    await asyncio.gather(*map(tell, late), return_exceptions=True)
    return late


async def drain_cancelling_again(tasks, limit_s, tell):
    late = (await asyncio.wait(tasks, timeout=limit_s))[1] if tasks else set()
    while not all(task.done() for task in late):
        for task in late:
            task.cancel()
        await asyncio.sleep(0.1)
    await asyncio.gather(*map(tell, late), return_exceptions=True)
    return late


async def drain_with_the_first_error(tasks, limit_s, tell):
    waiting = asyncio.shield(asyncio.gather(*tasks))
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(waiting, limit_s)
    return await _drained(tasks, tasks, tell)


async def drain_mistaking_time_limits(tasks, limit_s, tell):
    with contextlib.suppress(TimeoutError):
        for ended in asyncio.as_completed(tasks, timeout=limit_s):
            with contextlib.suppress(LookupError, asyncio.CancelledError):
                await ended
    return await _drained(tasks, tasks, tell)


async def drain_until_the_first_error(tasks, limit_s, tell):
    if not tasks:
        return set()
    await asyncio.wait(tasks, timeout=limit_s, return_when=asyncio.FIRST_EXCEPTION)
    return await _drained(tasks, tasks, tell)


async def drain_awaiting_the_cancelled(tasks, limit_s, tell):
    late = (await asyncio.wait(tasks, timeout=limit_s))[1] if tasks else set()
    for task in late:
        task.cancel()
    for task in late:
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await asyncio.gather(*map(tell, late), return_exceptions=True)
    return late


async def drain_reading_results(tasks, limit_s, tell):
    late = await _as_it_should(tasks, limit_s, tell)
    for task in set(tasks) - late:
        task.result()
    return late


async def drain_telling_nobody(tasks, limit_s, tell):
    return await _cancelled(tasks, limit_s)


async def drain_telling_all(tasks, limit_s, tell):
    late = await _cancelled(tasks, limit_s)
    await asyncio.gather(*map(tell, tasks), return_exceptions=True)
    return late


async def drain_telling_twice(tasks, limit_s, tell):
    late = await _as_it_should(tasks, limit_s, tell)
    return await _told(late, tell)


async def drain_not_awaiting_tell(tasks, limit_s, tell):
    late = await _cancelled(tasks, limit_s)
    for task in late:
        tell(task)
    return late


async def drain_telling_in_passing(tasks, limit_s, tell):
    late = await _cancelled(tasks, limit_s)
    for task in late:
        asyncio.create_task(tell(task))  # noqa: RUF006
    return late


async def drain_telling_the_set(tasks, limit_s, tell):
    late = await _cancelled(tasks, limit_s)
    with contextlib.suppress(Exception):
        await tell(late)
    return late


async def drain_telling_the_cancelled(tasks, limit_s, tell):
    late = await _cancelled(tasks, limit_s)
    await _told([task for task in late if task.cancelled()], tell)
    return late


async def drain_telling_first(tasks, limit_s, tell):
    late = (await asyncio.wait(tasks, timeout=limit_s))[1] if tasks else set()
    await _told(late, tell)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return late


async def drain_telling_at_the_cancel(tasks, limit_s, tell):
    late = (await asyncio.wait(tasks, timeout=limit_s))[1] if tasks else set()
    for task in late:
        task.cancel()
        await _told({task}, tell)
    await asyncio.gather(*late, return_exceptions=True)
    return late


async def drain_with_errors_of_tell(tasks, limit_s, tell):
    late = await _cancelled(tasks, limit_s)
    await asyncio.gather(*map(tell, late))
    return late


async def drain_until_a_reader_is_gone(tasks, limit_s, tell):
    late = await _cancelled(tasks, limit_s)
    try:
        for task in late:
            await tell(task)
    except Exception:
        pass
    return late


async def drain_telling_in_a_group(tasks, limit_s, tell):
    late = await _cancelled(tasks, limit_s)
    with contextlib.suppress(Exception):
        async with asyncio.TaskGroup() as group:
            for task in late:
                group.create_task(tell(task))
    return late


async def drain_knowing_one_error(tasks, limit_s, tell):
    late = await _cancelled(tasks, limit_s)
    for task in late:
        with contextlib.suppress(ConnectionError):
            await tell(task)
    return late


async def drain_of_the_cancelled(tasks, limit_s, tell):
    late = await _as_it_should(tasks, limit_s, tell)
    return {task for task in late if task.cancelled()}


async def drain_of_the_told(tasks, limit_s, tell):
    late = await _cancelled(tasks, limit_s)
    await asyncio.gather(*map(tell, late), return_exceptions=True)
    return {task for task in tasks if task.cancelled()}


WRONG = [
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
    ("09.use_ticket", ticket_decoding_what_nobody_signed, "followed by !!"),
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
    ("09.use_ticket", ticket_decoded_first, "followed by !!"),
    ("09.use_ticket", ticket_with_the_time_first, "The signature comes first"),
    ("09.use_ticket", ticket_parsed_first, "parsed the JSON of a ticket that is not ours"),
    ("09.use_ticket", ticket_spent_too_early, "What is refused is not spent"),
    ("09.use_ticket", ticket_that_forgets_when_refused, "What is refused is not spent"),
    ("09.use_ticket", ticket_by_equality, "did not call `hmac.compare_digest`"),
    ("09.drain", drain_at_once, "returned a set of a, b"),
    ("09.drain", drain_sleeping, "came back after 10 s"),
    ("09.drain", drain_looking_seldom, "came back after 9 s"),
    ("09.drain", drain_until_the_first, "Wait until all are done"),
    ("09.drain", drain_blocking, "stopped the event loop for 10 s"),
    ("09.drain", drain_for_ever, "did not come to an end in time"),
    ("09.drain", drain_without_a_return, "returned None"),
    ("09.drain", drain_as_a_list, "returned a list of no tasks"),
    ("09.drain", drain_of_the_done, "you cancelled nobody"),
    ("09.drain", drain_of_some, "Set of Tasks/Futures is empty"),
    ("09.drain", drain_of_a_set, "'list' and 'set'"),
    ("09.drain", drain_each_with_the_limit, "cancelled c after 18 s"),
    ("09.drain", drain_by_wait_for_each, "cancelled c after 18 s"),
    ("09.drain", drain_by_wait_for, "your function told nobody"),
    ("09.drain", drain_by_timeout, "or that others cancel"),
    ("09.drain", drain_letting_go, "cancelled nobody"),
    ("09.drain", drain_without_a_wait, "came back before c had ended"),
    ("09.drain", drain_with_one_step_to_end, "came back before c had ended"),
    ("09.drain", drain_cancelling_again, "cancelled c again"),
    ("09.drain", drain_with_the_first_error, "raised LookupError"),
    ("09.drain", drain_mistaking_time_limits, "fails with TimeoutError after 2 s"),
    ("09.drain", drain_until_the_first_error, "the rest goes on"),
    ("09.drain", drain_awaiting_the_cancelled, "raised OSError"),
    ("09.drain", drain_reading_results, "A task that fails"),
    ("09.drain", drain_telling_nobody, "told nobody"),
    ("09.drain", drain_telling_all, "and nobody else"),
    ("09.drain", drain_telling_twice, "told c, c, d, d"),
    ("09.drain", drain_not_awaiting_tell, "2 `tell(task)` did not come to the end"),
    ("09.drain", drain_telling_in_passing, "did not come to the end"),
    ("09.drain", drain_telling_the_set, "told <set>"),
    ("09.drain", drain_telling_the_cancelled, "Tell each one that you cancelled"),
    ("09.drain", drain_telling_first, "told b before the end"),
    ("09.drain", drain_telling_at_the_cancel, "Tell only when the task has ended"),
    ("09.drain", drain_with_errors_of_tell, "raised ConnectionResetError"),
    ("09.drain", drain_until_a_reader_is_gone, "keeps no other reader"),
    ("09.drain", drain_telling_in_a_group, "keeps no other reader"),
    ("09.drain", drain_knowing_one_error, "raised RuntimeError"),
    ("09.drain", drain_of_the_cancelled, "however they ended then"),
    ("09.drain", drain_of_the_told, "returned a set of a"),
]
