"""What learners write in notebook 02 before they are right; the original course among them."""

# Learners do not annotate, and this is not good code.
# ruff: noqa: ANN001, ANN201
# mypy: ignore-errors

from itertools import pairwise

import openai


def collect_of_the_original(stream):
    full_content, finish_reason = [], None
    for chunk in stream:
        choice = chunk.choices[0]
        finish_reason = choice.finish_reason
        if choice.delta.content:
            print(choice.delta.content, end="", flush=True)
            full_content.append(choice.delta.content)
    return "".join(full_content), finish_reason, None


def collect_with_erased_reason(stream):
    text, reason, usage = "", None, None
    for chunk in stream:
        usage = chunk.usage or usage
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
            print(chunk.choices[0].delta.content or "", end="")
            reason = chunk.choices[0].finish_reason
    return text, reason, usage


def collect_with_lost_usage(stream):
    text, reason, usage = "", None, None
    for chunk in stream:
        if not chunk.choices:
            continue
        usage = chunk.usage or usage
        text += chunk.choices[0].delta.content or ""
        print(chunk.choices[0].delta.content or "", end="")
        reason = chunk.choices[0].finish_reason or reason
    return text, reason, usage


def collect_and_print_at_the_end(stream):
    text, reason, usage = "", None, None
    for chunk in stream:
        usage = chunk.usage or usage
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
            reason = chunk.choices[0].finish_reason or reason
    print(text, end="")
    return text, reason, usage


def collect_text_only(stream):
    return "".join(c.choices[0].delta.content or "" for c in stream if c.choices)


def verdict_with_key_error(finish_reason):
    return {"stop": "complete", "length": "too long"}[finish_reason]


def verdict_of_a_cut_as_complete(finish_reason):
    words = {"length": "too long", "tool_calls": "tools", "content_filter": "filtered"}
    return words.get(finish_reason, "complete")


def verdict_without_unknown(finish_reason):
    words = {"stop": "complete", "length": "too long", "tool_calls": "tools"}
    words["content_filter"] = "filtered"
    return words.get(finish_reason, "cut")


def verdict_printed(finish_reason):
    print("complete")


def gaps_from_the_first(times):
    return [time - times[0] for time in times]


def gaps_with_index_error(times):
    return [times[i + 1] - times[i] for i in range(len(times))]


def gaps_negative(times):
    return [a - b for a, b in pairwise(times)]


def gaps_as_generator(times):
    return (b - a for a, b in pairwise(times))


def gaps_with_leading_zero(times):
    return [0.0] + [b - a for a, b in pairwise(times)]


def gaps_of_none(times):
    last, found = times[0], []
    for time in times[1:]:
        found.append(time - last)
        last = time
    return found


def safely_with_the_reason(stream):
    text, reason = "", None
    try:
        for chunk in stream:
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
                reason = chunk.choices[0].finish_reason or reason
    except openai.APIError:
        return text, False
    return text, reason


def safely_with_text_lost_with_the_connection(stream):
    text, reason = "", None
    try:
        for chunk in stream:
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
                reason = chunk.choices[0].finish_reason or reason
    except openai.APIConnectionError:
        return "", False
    except openai.APIError:
        return text, False
    return text, reason is not None


def safely_not_at_all(stream):
    text, reason = "", None
    for chunk in stream:
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
            reason = chunk.choices[0].finish_reason or reason
    return text, reason is not None


def safely_with_text_lost(stream):
    try:
        return safely_not_at_all(stream)
    except openai.APIError:
        return "", False


def safely_catching_everything(stream):
    text, reason = "", None
    try:
        for chunk in stream:
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
                reason = chunk.choices[0].finish_reason or reason
    except Exception:
        pass
    return text, reason is not None


def safely_but_a_silent_cut_is_complete(stream):
    text = ""
    try:
        for chunk in stream:
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
    except openai.APIError:
        return text, False
    return text, True


def safely_but_connection_errors_only(stream):
    text, reason = "", None
    try:
        for chunk in stream:
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
                reason = chunk.choices[0].finish_reason or reason
    except openai.APIConnectionError:
        return text, False
    return text, reason is not None


# Key, wrong answer, and words of the message that it gets.
WRONG = [
    ("02.collect", collect_of_the_original, "raised IndexError"),
    ("02.collect", collect_with_erased_reason, "A later None does not erase it"),
    ("02.collect", collect_with_lost_usage, "returned None as the usage"),
    ("02.collect", collect_and_print_at_the_end, "had printed ''"),
    ("02.collect", collect_text_only, "Return a tuple of three"),
    ("02.verdict", verdict_with_key_error, "raised KeyError"),
    ("02.verdict", verdict_of_a_cut_as_complete, "the stream was cut"),
    ("02.verdict", verdict_without_unknown, "never seen"),
    ("02.verdict", verdict_printed, "returned None"),
    ("02.gaps", gaps_from_the_first, "just before it"),
    ("02.gaps", gaps_with_index_error, "raised IndexError"),
    ("02.gaps", gaps_negative, "returned [-0.25, -0.75]"),
    ("02.gaps", gaps_as_generator, "returned a generator"),
    ("02.gaps", gaps_with_leading_zero, "returned [0.0, 0.25, 0.75]"),
    ("02.gaps", gaps_of_none, "Without times there is none"),
    ("02.collect_safely", safely_not_at_all, "raised APIError"),
    ("02.collect_safely", safely_with_text_lost, "returned ('', False)"),
    ("02.collect_safely", safely_catching_everything, "Any other error is a bug"),
    ("02.collect_safely", safely_but_a_silent_cut_is_complete, "cut without any error"),
    ("02.collect_safely", safely_but_connection_errors_only, "raised APIError"),
    ("02.collect_safely", safely_with_the_reason, "returned ('Hello', 'stop')"),
    ("02.collect_safely", safely_with_text_lost_with_the_connection, "A lost connection"),
]
