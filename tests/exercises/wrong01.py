"""What learners write in notebook 01 before they are right; the original course among them."""

# Learners do not annotate, and this is not good code.
# ruff: noqa: ANN001, ANN201, RET503
# mypy: ignore-errors

import json


def lines_without_guard(raw):
    return [json.loads(line[5:]) for line in raw.decode().split("\n") if line]


def lines_as_text(raw):
    lines = [line for line in raw.decode().splitlines() if line.startswith("data:")]
    return [json.loads(line[5:]) for line in lines if line != "data: [DONE]"]


def lines_not_parsed(raw):
    return [x[6:] for x in raw.split(b"\n") if x.startswith(b"data: ") and b"[DONE]" not in x]


def lines_without_done_in_text(raw):
    events = [line for line in raw.splitlines() if line.startswith(b"data:")]
    return [json.loads(line[5:]) for line in events if b"[DONE]" not in line]


def lines_with_comments(raw):
    return [json.loads(x[5:]) for x in raw.splitlines() if x not in (b"", b"data: [DONE]")]


def first_of_first_chunk(chunks):
    for chunk in chunks:
        return chunk.choices[0].delta.content


def first_without_guard(chunks):
    for chunk in chunks:
        if chunk.choices[0].delta.content:
            return chunk.choices[0].delta.content


def first_of_all(chunks):
    texts = [c.choices[0].delta.content for c in chunks if c.choices]
    return next((text for text in texts if text), None)


def first_or_empty(chunks):
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            return chunk.choices[0].delta.content
    return ""


def text_of_the_original(chunks):
    full_response = []
    for chunk in chunks:
        delta = chunk.choices[0].delta
        if delta.content:
            print(delta.content, end="", flush=True)
            full_response.append(delta.content)
    return "".join(full_response)


def text_printed(chunks):
    for chunk in chunks:
        if chunk.choices:
            print(chunk.choices[0].delta.content or "", end="")


def text_with_none(chunks):
    return "".join(c.choices[0].delta.content for c in chunks if c.choices)


def text_yielded(chunks):
    for chunk in chunks:
        if chunk.choices:
            yield chunk.choices[0].delta.content or ""


def text_with_spaces(chunks):
    return " ".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


def text_as_string_of_none(chunks):
    return "".join(str(c.choices[0].delta.content) for c in chunks if c.choices)


def text_or_none(chunks):
    return text_of_with_guard(chunks) or None


def until_left_open(stream, stop_word):
    text = ""
    for chunk in stream:
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
        if stop_word in text:
            break
    return text


def until_by_chunk(stream, stop_word):
    text = ""
    with stream:
        for chunk in stream:
            piece = (chunk.choices[0].delta.content or "") if chunk.choices else ""
            text += piece
            if stop_word in piece:
                break
    return text


def until_read_to_the_end(stream, stop_word):
    with stream:
        text = text_of_with_guard(stream)
    return text[: text.index(stop_word) + len(stop_word)] if stop_word in text else text


def text_of_with_guard(chunks):
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


def until_found_or_none(stream, stop_word):
    text = ""
    with stream:
        for chunk in stream:
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
            if stop_word in text:
                return text


def until_after_all_was_read(stream, stop_word):
    text = ""
    for chunk in list(stream):
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
        if stop_word in text:
            break
    return text


def until_without_guard(stream, stop_word):
    text = ""
    with stream:
        for chunk in stream:
            text += chunk.choices[0].delta.content or ""
            if stop_word in text:
                break
    return text


# Key, wrong answer, and words of the message that it gets.
WRONG = [
    ("01.data_lines", lines_without_guard, "[DONE]"),
    ("01.data_lines", lines_as_text, "U+2028"),
    ("01.data_lines", lines_not_parsed, "Parse the JSON"),
    ("01.data_lines", lines_without_done_in_text, "marks the end"),
    ("01.data_lines", lines_with_comments, "Skip comments"),
    ("01.first_text", first_of_first_chunk, "returned ''"),
    ("01.first_text", first_without_guard, "raised IndexError"),
    ("01.first_text", first_of_all, "took 4 chunks, but 2 were enough"),
    ("01.first_text", first_or_empty, "the answer is None"),
    ("01.text_of", text_of_the_original, "raised IndexError"),
    ("01.text_of", text_printed, "printed 'Hello' but returned None"),
    ("01.text_of", text_with_none, "raised TypeError"),
    ("01.text_of", text_yielded, "returned a generator"),
    ("01.text_of", text_with_spaces, "returned 'Hel lo'"),
    ("01.text_of", text_as_string_of_none, "returned 'HelloNone'"),
    ("01.text_of", text_or_none, "the empty string"),
    ("01.text_until", until_left_open, "left the stream open"),
    ("01.text_until", until_by_chunk, "in two chunks"),
    ("01.text_until", until_read_to_the_end, "in two chunks"),
    ("01.text_until", until_without_guard, "raised IndexError"),
    ("01.text_until", until_found_or_none, "If the word never comes"),
    ("01.text_until", until_after_all_was_read, "took 6 chunks, but 3 were enough"),
]
