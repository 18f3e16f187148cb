"""What learners write in notebook 08 before they are right."""

# Learners do not annotate, and this is not good code.
# ruff: noqa: ANN001, ANN201, ANN202, ASYNC251
# mypy: ignore-errors

import asyncio
import re
import time
from contextlib import aclosing

import openai

from labkit.chunks import delta_of
from labkit.policies import first_to_speak
from tests.exercises.right08 import limited


async def in_time_after_asking(ask, first_s, idle_s):
    stream = await ask()
    now = asyncio.get_running_loop().time
    due_s, word = now() + first_s, "first"
    async with stream:
        while True:
            try:
                async with asyncio.timeout_at(due_s):
                    chunk = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise TimeoutError(word) from None
            yield chunk
            if delta_of(chunk).text or word == "idle":
                due_s, word = now() + idle_s, "idle"


async def in_one_limit(stream, first_s, idle_s):
    async with stream, asyncio.timeout(first_s):
        async for chunk in stream:
            yield chunk


async def in_idle_only(stream, first_s, idle_s):
    async with stream:
        while True:
            try:
                async with asyncio.timeout(idle_s):
                    chunk = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise TimeoutError("idle") from None
            yield chunk


async def in_time_of_the_first_chunk(stream, first_s, idle_s):
    limit_s, word = first_s, "first"
    async with stream:
        while True:
            try:
                chunk = await asyncio.wait_for(anext(stream), limit_s)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise TimeoutError(word) from None
            yield chunk
            limit_s, word = idle_s, "idle"


async def in_time_of_each_chunk_before(stream, first_s, idle_s):
    limit_s, word = first_s, "first"
    async with stream:
        while True:
            try:
                chunk = await asyncio.wait_for(anext(stream), limit_s)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise TimeoutError(word) from None
            yield chunk
            if delta_of(chunk).text:
                limit_s, word = idle_s, "idle"


async def in_time_between_texts(stream, first_s, idle_s):
    now = asyncio.get_running_loop().time
    due_s, word = now() + first_s, "first"
    async with stream:
        while True:
            try:
                async with asyncio.timeout_at(due_s):
                    chunk = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise TimeoutError(word) from None
            yield chunk
            if delta_of(chunk).text:
                due_s, word = now() + idle_s, "idle"


async def in_time_without_words(stream, first_s, idle_s):
    now = asyncio.get_running_loop().time
    due_s, spoken = now() + first_s, False
    async with stream:
        while True:
            try:
                async with asyncio.timeout_at(due_s):
                    chunk = await anext(stream)
            except StopAsyncIteration:
                return
            yield chunk
            spoken = spoken or delta_of(chunk).text
            due_s = now() + idle_s if spoken else due_s


async def in_time_left_open(stream, first_s, idle_s):
    now = asyncio.get_running_loop().time
    due_s, word = now() + first_s, "first"
    while True:
        try:
            async with asyncio.timeout_at(due_s):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise TimeoutError(word) from None
        yield chunk
        if delta_of(chunk).text or word == "idle":
            due_s, word = now() + idle_s, "idle"


async def in_time_with_its_reader(stream, first_s, idle_s):
    word = "first"
    try:
        async with stream, asyncio.timeout(first_s) as limit:
            async for chunk in stream:
                if delta_of(chunk).text or word == "idle":
                    word = "idle"
                    limit.reschedule(asyncio.get_running_loop().time() + idle_s)
                yield chunk
    except TimeoutError:
        raise TimeoutError(word) from None


async def in_time_texts_only(stream, first_s, idle_s):
    async for chunk in in_time_between_texts(stream, first_s, idle_s):
        if delta_of(chunk).text:
            yield chunk


async def in_no_time(stream, first_s, idle_s):
    async with stream:
        async for chunk in stream:
            yield chunk


async def in_time_of_the_whole(stream, first_s, idle_s):
    now = asyncio.get_running_loop().time
    due_s, word = now() + first_s, "first"
    async with stream:
        while True:
            try:
                async with asyncio.timeout_at(due_s):
                    chunk = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise TimeoutError(word) from None
            yield chunk
            if delta_of(chunk).text and word == "first":
                due_s, word = now() + idle_s * 3, "idle"


async def in_time_and_in_all(stream, first_s, idle_s):
    now = asyncio.get_running_loop().time
    end_s = due_s = now() + first_s
    word = "first"
    async with stream:
        while True:
            try:
                async with asyncio.timeout_at(due_s):
                    chunk = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise TimeoutError(word) from None
            yield chunk
            if delta_of(chunk).text or word == "idle":
                due_s, word = min(now() + idle_s, end_s), "idle"


async def in_time_hiding_a_cut(stream, first_s, idle_s):
    now = asyncio.get_running_loop().time
    due_s, word = now() + first_s, "first"
    async with stream:
        while True:
            try:
                async with asyncio.timeout_at(due_s):
                    chunk = await anext(stream)
            except (StopAsyncIteration, openai.APIError):
                return
            except TimeoutError:
                raise TimeoutError(word) from None
            yield chunk
            if delta_of(chunk).text or word == "idle":
                due_s, word = now() + idle_s, "idle"


async def in_time_still_asking(ask, first_s, idle_s):
    asking = asyncio.ensure_future(ask())
    now = asyncio.get_running_loop().time
    due_s, word = now() + first_s, "first"
    done, _ = await asyncio.wait({asking}, timeout=first_s)
    if not done:
        raise TimeoutError(word)
    async with asking.result() as stream:
        while True:
            try:
                async with asyncio.timeout_at(due_s):
                    chunk = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise TimeoutError(word) from None
            yield chunk
            if delta_of(chunk).text or word == "idle":
                due_s, word = now() + idle_s, "idle"


MAY_PASS = (openai.RateLimitError, openai.InternalServerError, openai.APIConnectionError)
AGAIN = (*MAY_PASS, TimeoutError)


def pause_of(error, number):
    headers = getattr(getattr(error, "response", None), "headers", {})
    return float(headers.get("retry-after", 0.5 * 2**number))


async def again_every_error(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except Exception as error:
            if spoken or number == tries - 1:
                raise
            await asyncio.sleep(pause_of(error, number))


async def again_every_api_error(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except (openai.APIError, TimeoutError) as error:
            if spoken or number == tries - 1:
                raise
            await asyncio.sleep(pause_of(error, number))


async def again_without_the_header(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except AGAIN:
            if spoken or number == tries - 1:
                raise
            await asyncio.sleep(0.5 * 2**number)


async def again_with_a_wait_at_the_end(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except AGAIN as error:
            if not spoken:
                await asyncio.sleep(pause_of(error, number))
            if spoken or number == tries - 1:
                raise


async def again_blocking(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except AGAIN as error:
            if spoken or number == tries - 1:
                raise
            time.sleep(pause_of(error, number))


async def again_at_once(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except AGAIN:
            if spoken or number == tries - 1:
                raise


async def again_once_too_often(ask, tries):
    for number in range(tries + 1):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except AGAIN as error:
            if spoken or number == tries:
                raise
            await asyncio.sleep(pause_of(error, number))


async def again_with_a_response(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except AGAIN as error:
            if spoken or number == tries - 1:
                raise
            headers = error.response.headers
            await asyncio.sleep(float(headers.get("retry-after", 0.5 * 2**number)))


async def again_swallowing(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except AGAIN as error:
            if spoken:
                raise
            if number < tries - 1:
                await asyncio.sleep(pause_of(error, number))


async def again_unless_limited(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except (openai.InternalServerError, openai.APIConnectionError, TimeoutError):
            if spoken or number == tries - 1:
                raise
            await asyncio.sleep(0.5 * 2**number)


async def again_with_less(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except AGAIN:
            if spoken or number == tries - 1:
                raise
            await asyncio.sleep(0.5 * 2**number * 0.75)


async def again_after_the_text(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except AGAIN as error:
            if number == tries - 1:
                raise
            await asyncio.sleep(pause_of(error, number))


async def again_not_for_time_limits(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except MAY_PASS as error:
            if spoken or number == tries - 1:
                raise
            await asyncio.sleep(pause_of(error, number))


async def again_for_asking_alone(ask, tries):
    for number in range(tries):
        try:
            stream = await ask()
            break
        except AGAIN as error:
            if number == tries - 1:
                raise
            await asyncio.sleep(pause_of(error, number))
    async with stream:
        async for chunk in stream:
            yield chunk


async def again_after_the_first_chunk(ask, tries):
    for number in range(tries):
        begun = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    begun = True
                    yield chunk
            return
        except AGAIN as error:
            if begun or number == tries - 1:
                raise
            await asyncio.sleep(pause_of(error, number))


async def again_all_at_the_end(ask, tries):
    for number in range(tries):
        chunks = []
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    chunks += [chunk]
            break
        except AGAIN as error:
            if chunks or number == tries - 1:
                raise
            await asyncio.sleep(pause_of(error, number))
    for chunk in chunks:
        yield chunk


async def again_and_left_open(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async for chunk in await ask():
                spoken = spoken or bool(delta_of(chunk).text)
                yield chunk
            return
        except AGAIN as error:
            if spoken or number == tries - 1:
                raise
            await asyncio.sleep(pause_of(error, number))


async def again_for_ever(ask, tries):
    while True:
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            return
        except AGAIN:
            if spoken:
                raise
            await asyncio.sleep(0.5)


async def again_without_a_text(ask, tries):
    for number in range(tries):
        spoken = False
        try:
            async with aclosing(await ask()) as stream:
                async for chunk in stream:
                    spoken = spoken or bool(delta_of(chunk).text)
                    yield chunk
            if spoken:
                return
        except AGAIN as error:
            if spoken or number == tries - 1:
                raise
            await asyncio.sleep(pause_of(error, number))


async def show_any_reason(stream, show):
    text, complete = "", False
    try:
        async for chunk in stream:
            complete = complete or delta_of(chunk).finish_reason is not None
            if delta_of(chunk).text:
                text += delta_of(chunk).text
                show(text, "writing")
    except (openai.APIError, TimeoutError):
        complete = False
    except BaseException:
        complete = False
        raise
    finally:
        show(text, "complete" if complete else "incomplete")
    return text, complete


async def show_always_complete(stream, show):
    text = ""
    async for chunk in stream:
        if delta_of(chunk).text:
            text += delta_of(chunk).text
            show(text, "writing")
    show(text, "complete")
    return text, True


async def show_deltas(stream, show):
    text, reason = "", None
    async for chunk in stream:
        reason = delta_of(chunk).finish_reason or reason
        if delta_of(chunk).text:
            text += delta_of(chunk).text
            show(delta_of(chunk).text, "writing")
    show(text, "complete" if reason else "incomplete")
    return text, reason is not None


async def show_choices(stream, show):
    text, reason = "", None
    try:
        async for chunk in stream:
            text += chunk.choices[0].delta.content or ""
            reason = chunk.choices[0].finish_reason or reason
            show(text, "writing")
        complete = reason is not None
    except openai.APIError:
        complete = False
    show(text, "complete" if complete else "incomplete")
    return text, complete


async def show_last_reason(stream, show):
    text, reason = "", None
    try:
        async for chunk in stream:
            reason = delta_of(chunk).finish_reason
            if delta_of(chunk).text:
                text += delta_of(chunk).text
                show(text, "writing")
    except (openai.APIError, TimeoutError):
        reason = None
    show(text, "complete" if reason else "incomplete")
    return text, reason is not None


async def show_errors_raised(stream, show):
    text, reason = "", None
    try:
        async for chunk in stream:
            reason = delta_of(chunk).finish_reason or reason
            if delta_of(chunk).text:
                text += delta_of(chunk).text
                show(text, "writing")
    except (openai.APIError, TimeoutError):
        show(text, "incomplete")
        raise
    show(text, "complete" if reason else "incomplete")
    return text, reason is not None


async def show_nothing_after_errors(stream, show):
    text, reason = "", None
    try:
        async for chunk in stream:
            reason = delta_of(chunk).finish_reason or reason
            if delta_of(chunk).text:
                text += delta_of(chunk).text
                show(text, "writing")
    except (openai.APIError, TimeoutError):
        return text, False
    show(text, "complete" if reason else "incomplete")
    return text, reason is not None


async def show_and_swallow(stream, show):
    text, reason = "", None
    try:
        async for chunk in stream:
            reason = delta_of(chunk).finish_reason or reason
            if delta_of(chunk).text:
                text += delta_of(chunk).text
                show(text, "writing")
    except Exception:
        reason = None
    finally:
        show(text, "complete" if reason else "incomplete")
    return text, reason is not None


async def show_and_swallow_everything(stream, show):
    text, reason = "", None
    try:
        async for chunk in stream:
            reason = delta_of(chunk).finish_reason or reason
            if delta_of(chunk).text:
                text += delta_of(chunk).text
                show(text, "writing")
    except (openai.APIError, TimeoutError, asyncio.CancelledError):
        reason = None
    except BaseException:
        show(text, "incomplete")
        raise
    show(text, "complete" if reason else "incomplete")
    return text, reason is not None


async def show_except_cancelled(stream, show):
    text, reason = "", None
    try:
        async for chunk in stream:
            reason = delta_of(chunk).finish_reason or reason
            if delta_of(chunk).text:
                text += delta_of(chunk).text
                show(text, "writing")
    except (openai.APIError, TimeoutError):
        reason = None
    except Exception:
        show(text, "incomplete")
        raise
    show(text, "complete" if reason else "incomplete")
    return text, reason is not None


async def show_at_the_end(stream, show):
    texts, reason = [], None
    try:
        async for chunk in stream:
            reason = delta_of(chunk).finish_reason or reason
            texts += [delta_of(chunk).text] if delta_of(chunk).text else []
    except (openai.APIError, TimeoutError):
        reason = None
    finally:
        for number in range(len(texts)):
            show("".join(texts[: number + 1]), "writing")
        show("".join(texts), "complete" if reason else "incomplete")
    return "".join(texts), reason is not None


async def show_twice(stream, show):
    text, reason = "", None
    try:
        async for chunk in stream:
            reason = delta_of(chunk).finish_reason or reason
            if reason:
                show(text, "complete")
            if delta_of(chunk).text:
                text += delta_of(chunk).text
                show(text, "writing")
    except (openai.APIError, TimeoutError):
        reason = None
    if not reason:
        show(text, "incomplete")
    return text, reason is not None


async def show_and_return_the_reason(stream, show):
    text, reason = "", None
    try:
        async for chunk in stream:
            reason = delta_of(chunk).finish_reason or reason
            if delta_of(chunk).text:
                text += delta_of(chunk).text
                show(text, "writing")
    except (openai.APIError, TimeoutError):
        reason = None
    finally:
        show(text, "complete" if reason else "incomplete")
    return text, reason


async def show_with_async_with(stream, show):
    async with stream:
        return await show_last_reason(stream, show)


async def on_changing_messages(ask, messages, text):
    if text:
        messages.append({"role": "assistant", "content": text})
        messages.append({"role": "user", "content": "Go on."})
    async with await ask(messages) as stream:
        async for chunk in stream:
            if delta_of(chunk).text:
                yield delta_of(chunk).text


async def on_with_an_empty_text(ask, messages, text):
    more = [{"role": "assistant", "content": text}, {"role": "user", "content": "Go on."}]
    async with await ask(messages + more) as stream:
        async for chunk in stream:
            if delta_of(chunk).text:
                yield delta_of(chunk).text


async def on_from_the_beginning(ask, messages, text):
    async with await ask(list(messages)) as stream:
        async for chunk in stream:
            if delta_of(chunk).text:
                yield delta_of(chunk).text


async def on_without_the_answer(ask, messages, text):
    more = [{"role": "user", "content": f"Go on after: {text}"}] if text else []
    async with await ask(messages + more) as stream:
        async for chunk in stream:
            if delta_of(chunk).text:
                yield delta_of(chunk).text


async def on_without_a_wish(ask, messages, text):
    more = [{"role": "assistant", "content": text}] if text else []
    async with await ask(messages + more) as stream:
        async for chunk in stream:
            if delta_of(chunk).text:
                yield delta_of(chunk).text


async def on_left_open(ask, messages, text):
    more = [{"role": "assistant", "content": text}, {"role": "user", "content": "Go on."}]
    async for chunk in await ask(messages + more * bool(text)):
        if delta_of(chunk).text:
            yield delta_of(chunk).text


async def on_with_the_whole_text(ask, messages, text):
    more = [{"role": "assistant", "content": text}, {"role": "user", "content": "Go on."}]
    async with await ask(messages + more * bool(text)) as stream:
        async for chunk in stream:
            text += delta_of(chunk).text
            yield text


async def on_collected(ask, messages, text):
    more = [{"role": "assistant", "content": text}, {"role": "user", "content": "Go on."}]
    async with await ask(messages + more * bool(text)) as stream:
        texts = [delta_of(chunk).text async for chunk in stream]
    for each in texts:
        if each:
            yield each


async def on_swallowing(ask, messages, text):
    more = [{"role": "assistant", "content": text}, {"role": "user", "content": "Go on."}]
    async with await ask(messages + more * bool(text)) as stream:
        try:
            async for chunk in stream:
                if delta_of(chunk).text:
                    yield delta_of(chunk).text
        except openai.APIError:
            return


async def on_stripped(ask, messages, text):
    more = [{"role": "assistant", "content": text.strip()}, {"role": "user", "content": "Go on."}]
    async with await ask(messages + more * bool(text)) as stream:
        async for chunk in stream:
            if delta_of(chunk).text:
                yield delta_of(chunk).text


async def texts_of(ask):
    async with await ask() as stream:
        async for chunk in stream:
            if delta_of(chunk).text:
                yield delta_of(chunk).text


async def first_one_after_the_other(asks):
    for ask in asks:
        async for text in texts_of(ask):
            yield text
        return


async def first_to_answer(asks):
    tasks = [asyncio.ensure_future(ask()) for ask in asks]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stream = next(task for task in tasks if task in done).result()
    for task in tasks:
        task.cancel()
    async with stream:
        async for chunk in stream:
            if delta_of(chunk).text:
                yield delta_of(chunk).text


async def first_collected(asks):
    texts = [text async for text in first_to_speak(asks)]
    for text in texts:
        yield text


async def first_chunk_wins(asks):
    async def chunks(ask):
        async with await ask() as stream:
            async for chunk in stream:
                yield delta_of(chunk).text

    speakers = {asyncio.ensure_future(anext(s)): s for s in map(chunks, asks)}
    done, waiting = await asyncio.wait(speakers, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    first = next(iter(done))
    if first.result():
        yield first.result()
    async for text in speakers[first]:
        if text:
            yield text


async def first_with_losers_running(asks):
    speakers = {asyncio.ensure_future(anext(s)): s for s in map(texts_of, asks)}
    done, _ = await asyncio.wait(speakers, return_when=asyncio.FIRST_COMPLETED)
    first = next(iter(done))
    yield first.result()
    async for text in speakers[first]:
        yield text


async def first_with_losers_cancelled_at_the_end(asks):
    speakers = {asyncio.ensure_future(anext(s, "")): s for s in map(texts_of, asks)}
    waiting, first, error = set(speakers), None, None
    try:
        while waiting and not first:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                error = task.exception() or error
                first = task if not task.exception() and task.result() else first
        if not first:
            raise error
        yield first.result()
        async for text in speakers[first]:
            yield text
    finally:
        for task, speaker in speakers.items():
            task.cancel()
            await asyncio.wait([task])
            await speaker.aclose()


async def first_that_gives_up(asks):
    speakers = {asyncio.ensure_future(anext(s)): s for s in map(texts_of, asks)}
    try:
        done, _ = await asyncio.wait(speakers, return_when=asyncio.FIRST_COMPLETED)
        first = next(iter(done))
    finally:
        for task in speakers:
            task.cancel()
        await asyncio.wait(speakers)
    async with aclosing(speakers[first]) as rest:
        yield first.result()
        async for text in rest:
            yield text


async def first_that_is_silent_at_the_end(asks):
    speakers = {asyncio.ensure_future(anext(s, "")): s for s in map(texts_of, asks)}
    waiting, first = set(speakers), None
    try:
        while waiting and not first:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                first = task if not task.exception() and task.result() else first
    finally:
        for task, speaker in speakers.items():
            task.cancel()
            await asyncio.wait([task])
            if task is not first:
                await speaker.aclose()
    if first:
        async with aclosing(speakers[first]) as rest:
            yield first.result()
            async for text in rest:
                yield text


async def first_that_forgets_the_tie(asks):
    speakers = {asyncio.ensure_future(anext(s, "")): s for s in map(texts_of, asks)}
    waiting, first, error = set(speakers), None, None
    try:
        while waiting and not first:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                error = task.exception() or error
                first = task if not task.exception() and task.result() else first
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    if not first:
        raise error
    async with aclosing(speakers[first]) as rest:
        yield first.result()
        async for text in rest:
            yield text


async def first_that_swallows_later_errors(asks):
    spoken = False
    try:
        async with aclosing(first_to_speak(asks)) as texts:
            async for text in texts:
                yield text
                spoken = True
    except openai.APIError:
        if not spoken:
            raise


async def first_left_when_cancelled(asks):
    speakers = {asyncio.ensure_future(anext(s, "")): s for s in map(texts_of, asks)}
    waiting, first, error = set(speakers), None, None
    while waiting and not first:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            error = task.exception() or error
            first = task if not task.exception() and task.result() else first
    for task, speaker in speakers.items():
        task.cancel()
        await asyncio.wait([task])
        if task is not first:
            await speaker.aclose()
    if not first:
        raise error
    async with aclosing(speakers[first]) as rest:
        yield first.result()
        async for text in rest:
            yield text


async def first_without_closing_the_winner(asks):
    speakers = {asyncio.ensure_future(anext(s, "")): s for s in map(texts_of, asks)}
    waiting, first, error = set(speakers), None, None
    try:
        while waiting and not first:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                error = task.exception() or error
                first = task if not task.exception() and task.result() else first
    finally:
        for task, speaker in speakers.items():
            task.cancel()
            await asyncio.wait([task])
            if task is not first:
                await speaker.aclose()
    if not first:
        raise error
    yield first.result()
    async for text in speakers[first]:
        yield text


def printable_escape_only(text):
    return text.replace("\x1b", "�")


def printable_ascii(text):
    return re.sub(r"[^\x20-\x7e\n\t]", "�", text)


def printable_without_newlines(text):
    return "".join(c if c.isprintable() else "�" for c in text)


def printable_removed(text):
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "", text)


def printable_below_space(text):
    return "".join("�" if ord(c) < 32 and c not in "\n\t" else c for c in text)


def printable_with_carriage_returns(text):
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "�", text)


def printable_without_c1(text):
    return re.sub("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "�", text)


def printable_without_directions(text):
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f]", "�", text)


def printable_runs(text):
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+", "�", text)


def printable_sequences(text):
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)


WRONG = [
    ("08.in_time", in_time_after_asking, "Asking takes time, too"),
    ("08.in_time", limited(in_one_limit), "raised TimeoutError"),
    ("08.in_time", limited(in_idle_only), "The first text may take first_s"),
    ("08.in_time", limited(in_time_of_the_first_chunk), "Only text counts as the first text"),
    ("08.in_time", limited(in_time_of_each_chunk_before), "the time runs from the beginning"),
    ("08.in_time", limited(in_time_between_texts), "Every chunk ends a wait"),
    ("08.in_time", limited(in_time_without_words), "with the message ''"),
    ("08.in_time", limited(in_time_left_open), "left the stream open"),
    ("08.in_time", limited(in_time_with_its_reader), "cancelled its own reader"),
    ("08.in_time", limited(in_time_texts_only), "yielded chunks with the texts ['Hel', 'lo']"),
    ("08.in_time", limited(in_no_time), "ended without a TimeoutError"),
    ("08.in_time", limited(in_time_of_the_whole), "no chunk may take longer than idle_s"),
    ("08.in_time", limited(in_time_and_in_all), "The whole may take as long as it likes"),
    ("08.in_time", limited(in_time_hiding_a_cut), "let no Exception come out"),
    ("08.in_time", in_time_still_asking, "was still asking"),
    ("08.ask_again", again_without_a_text, "do not ask again"),
    ("08.ask_again", again_every_error, "Any other error comes out at once"),
    ("08.ask_again", again_every_api_error, "Any other error comes out at once"),
    ("08.ask_again", again_without_the_header, "waited 0.5 s after try 1"),
    ("08.ask_again", again_with_a_wait_at_the_end, "do not wait"),
    ("08.ask_again", again_blocking, "stopped the event loop for 0.5 s: `time.sleep`"),
    ("08.ask_again", again_at_once, "waited 0 s after try 1"),
    ("08.ask_again", again_once_too_often, "asked 4 times"),
    ("08.ask_again", again_for_ever, "asked 21 times"),
    ("08.ask_again", again_with_a_response, "AttributeError"),
    ("08.ask_again", again_swallowing, "let no InternalServerError come out"),
    ("08.ask_again", again_unless_limited, "raised RateLimitError"),
    ("08.ask_again", again_with_less, "waited 0.375 s after try 1"),
    ("08.ask_again", again_after_the_text, "After the first text the error comes out"),
    ("08.ask_again", again_not_for_time_limits, "raised TimeoutError"),
    ("08.ask_again", again_for_asking_alone, "if the stream breaks before its first text"),
    ("08.ask_again", again_after_the_first_chunk, "if the stream breaks before its first text"),
    ("08.ask_again", again_all_at_the_end, "yielded after 3 s, 3 s"),
    ("08.ask_again", again_and_left_open, "left the stream open"),
    ("08.show_answer", show_always_complete, "No finish reason, no complete answer"),
    (
        "08.show_answer",
        show_any_reason,
        "Any other finish reason means that the answer is not whole",
    ),
    ("08.show_answer", show_deltas, "showed ['Hel', 'lo'] as writing"),
    ("08.show_answer", show_choices, "showed ['', 'Hel', 'Hello', 'Hello'] as writing"),
    ("08.show_answer", show_last_reason, "A later None does not erase that"),
    ("08.show_answer", show_errors_raised, "and that is no bug"),
    ("08.show_answer", show_nothing_after_errors, "showed [('Hel', 'writing')]"),
    ("08.show_answer", show_and_swallow, "let no ZeroDivisionError come out"),
    ("08.show_answer", show_and_swallow_everything, "let no CancelledError come out"),
    ("08.show_answer", show_except_cancelled, "showed [('Hel', 'writing')]"),
    ("08.show_answer", show_at_the_end, "showed something after 4 s, 4 s, 4 s"),
    ("08.show_answer", show_twice, "('Hello', 'complete'), ('Hello', 'complete')]"),
    ("08.show_answer", show_and_return_the_reason, "returned ('Hello', 'stop')"),
    ("08.show_answer", show_with_async_with, "a generator that gives the chunks"),
    ("08.go_on", on_changing_messages, "left `messages` as"),
    ("08.go_on", on_with_an_empty_text, "Without a text there is nothing to continue"),
    ("08.go_on", on_from_the_beginning, "asked with [{'role': 'user', 'content': 'Why a tent?'}]"),
    ("08.go_on", on_without_the_answer, "Go on after: Tents keep"),
    ("08.go_on", on_without_a_wish, "asked with no user message"),
    ("08.go_on", on_left_open, "left the stream open"),
    ("08.go_on", on_with_the_whole_text, "yielded ['Tents keep', 'Tents keep you'"),
    ("08.go_on", on_collected, "yielded after 4 s, 4 s"),
    ("08.go_on", on_swallowing, "let no APIConnectionError come out"),
    ("08.go_on", on_stripped, "'content': 'Tents'"),
    ("08.first_to_speak", first_one_after_the_other, "yielded ['Hi']"),
    ("08.first_to_speak", first_to_answer, "yielded ['Hi']"),
    ("08.first_to_speak", first_collected, "yielded after 5 s, 5 s"),
    ("08.first_to_speak", first_chunk_wins, "Only text counts"),
    ("08.first_to_speak", first_with_losers_running, "left 1 of 2 streams open"),
    ("08.first_to_speak", first_with_losers_cancelled_at_the_end, "left the others open for 5 s"),
    ("08.first_to_speak", first_that_gives_up, "The others go on"),
    ("08.first_to_speak", first_that_is_silent_at_the_end, "no AuthenticationError come out"),
    ("08.first_to_speak", first_that_forgets_the_tie, "left 1 of 2 streams open"),
    ("08.first_to_speak", first_that_swallows_later_errors, "that stream was chosen"),
    ("08.first_to_speak", first_left_when_cancelled, "However it ends"),
    ("08.first_to_speak", first_without_closing_the_winner, "left 1 of 2 streams open"),
    ("08.printable", printable_escape_only, "Price: 900\\rPrice: 9"),
    ("08.printable", printable_ascii, "in every script"),
    ("08.printable", printable_without_newlines, "so do newline and tab"),
    ("08.printable", printable_removed, "returned '[2JHi[0m'"),
    ("08.printable", printable_below_space, "and U+007F"),
    ("08.printable", printable_with_carriage_returns, "A carriage return"),
    ("08.printable", printable_without_c1, "U+009B does what ESC [ does"),
    ("08.printable", printable_without_directions, "What turns the direction"),
    ("08.printable", printable_runs, "One “�” for each character"),
    ("08.printable", printable_sequences, "returned 'Hi'"),
]
