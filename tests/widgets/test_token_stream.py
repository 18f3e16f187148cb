"""What the live widget sends: decoded here as its JavaScript decodes it."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from labkit.deltas import Delta, Usage
from labkit.reply import Reply
from labkit.timing import Timing
from labkit.widgets.token_stream import STATES, TokenStream

SENT_S = 50.0
RICH = st.sampled_from(
    ["🏕️", "👩\u200d🚀", "e\u0301", "\u0301", "\u200f", "a", "é", "\n", "\0", "x" * 300]
)
TEXTS = st.lists(st.text(min_size=1) | RICH, max_size=30)
CHUNK = ChatCompletionChunk.construct(
    id="c1", choices=[{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}]
)


@pytest.fixture
def stream() -> TokenStream:
    return TokenStream(Reply(), Timing(SENT_S))


def fill(stream: TokenStream, reply: Reply, timing: Timing, texts: list[str]) -> None:
    """Let `texts` arrive in `stream`, 20 ms apart."""
    for i, text in enumerate(texts):
        timing.arrivals_s.append(SENT_S + 0.5 + i * 0.02)
        reply.add(Delta(text))
        stream.add((text, timing.arrivals_s[-1]))


def frames(stream: TokenStream, kind: str = "f") -> list[Any]:
    state = stream.get_state()
    return [state[key] for key in state if key[0] == kind and key[1:].isdigit()]


def numbers(parts: bytes) -> Iterator[int]:
    """Yield the LEB128 numbers in `parts`."""
    number = shift = 0
    for byte in parts:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number = shift = 0


def decode(found: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Return each delta and its time in ms, from all frames."""
    deltas, at_ms = [], 0
    for frame in found:
        units, at = frame["text"].encode("utf-16-le"), 0
        parts = numbers(frame["parts"])
        for part in parts:  # twice the units, and one more if a gap in ms follows
            at_ms += next(parts) if part % 2 else 0
            end = at + 2 * (part // 2)
            deltas.append((units[at:end].decode("utf-16-le"), at_ms))
            at = end
        assert at == len(units)
    return deltas


@given(TEXTS, st.data())
def test_frames_decode_to_the_deltas_and_their_times(texts: list[str], data: st.DataObject) -> None:
    times_s = sorted(data.draw(st.floats(SENT_S, SENT_S + 400)) for _ in texts)
    stream = TokenStream(Reply(), Timing(SENT_S))
    for text, time_s in zip(texts, times_s, strict=True):
        stream.add((text, time_s))
        if data.draw(st.booleans()):
            stream.flush()
    stream.end()
    expected = [(t, round((s - SENT_S) * 1000)) for t, s in zip(texts, times_s, strict=True)]
    assert decode(frames(stream)) == expected


def test_a_delta_of_a_burst_takes_one_byte(stream: TokenStream) -> None:
    for _ in range(10):
        stream.add((" word", SENT_S))
    stream.end()
    [frame] = frames(stream)
    assert len(frame["parts"]) == 10


def test_a_clock_that_steps_back_does_not_break_the_frames(stream: TokenStream) -> None:
    for text, time_s in (("a", 50.2), ("b", 50.1), ("c", 50.3), ("d", 49.0)):
        stream.add((text, time_s))
    stream.end()
    found = decode(frames(stream))
    assert [text for text, _ in found] == list("abcd")
    assert all(earlier <= later for (_, earlier), (_, later) in pairwise(found))


def test_a_finished_stream_says_how_it_ended_and_what_it_measured() -> None:
    reply, timing = Reply(), Timing(SENT_S)
    stream = TokenStream(reply, timing)
    assert (stream.state, stream.note) == ("streaming", STATES["streaming"])
    stream.start()
    fill(stream, reply, timing, ["Wear ", "*wool*."])
    reply.add(Delta(finish_reason="stop"))
    timing.ended_s = SENT_S + 1
    stream.finish("complete")
    state = stream.get_state()
    assert (state["state"], state["note"]) == ("complete", "complete")
    assert state["document"] == [["p", {}, "Wear ", ["em", {}, "wool"], "."]]
    assert state["figures"] == {
        "shift_s": 0.0,
        "ttft_s": 0.5,
        "total_s": 1.0,
        "deltas": 2,
        "deltas_per_s": pytest.approx(50),
        "finish_reason": "stop",
    }
    json.dumps(state["figures"])


@pytest.mark.parametrize("state", [state for state in STATES if state != "streaming"])
def test_every_ending_has_a_sentence_in_the_caption(stream: TokenStream, state: str) -> None:
    stream.finish(state)
    assert STATES[state] in stream.caption()


def test_a_failure_says_what_failed(stream: TokenStream) -> None:
    stream.finish("failed", "OSError: the line is dead")
    assert stream.note == "OSError: the line is dead"
    assert stream.caption() == "no text in 0.00 s, OSError: the line is dead"


def test_the_caption_has_the_figures_the_cost_and_the_finish_reason() -> None:
    reply, timing = Reply(), Timing(SENT_S)
    stream = TokenStream(reply, timing)
    fill(stream, reply, timing, ["Hi"])
    reply.add(Delta(finish_reason="length", usage=Usage(1, 1, 2)))
    stream.finish("complete")
    assert stream.caption() == ("TTFT 0.50 s, total 0.50 s, 1 delta, 1 token, finish reason length")


def test_the_wire_is_not_sent_until_somebody_looks(stream: TokenStream) -> None:
    stream.add_chunk(CHUNK)
    stream.flush()
    assert frames(stream, "w") == []
    stream.set_state({"show_wire": True})
    [[line]] = frames(stream, "w")
    assert json.loads(line) == {
        "id": "c1",
        "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}],
    }


def test_while_somebody_looks_each_chunk_is_sent_once(stream: TokenStream) -> None:
    stream.show_wire = True
    for i in range(3):
        stream.add_chunk(f"chunk {i} 🏕️")
        stream.add(("a", SENT_S))
        stream.flush()
    stream.add_chunk({"the last": object})
    stream.finish("complete")
    lines = [line for frame in frames(stream, "w") for line in frame]
    assert [json.loads(line) for line in lines[:3]] == [f"chunk {i} 🏕️" for i in range(3)]
    assert "the last" in lines[3]
    assert len(lines) == 4


def message(stream: TokenStream, content: object) -> None:
    """Let `content` come from the browser."""
    data = {"method": "custom", "content": content}
    stream.comm.handle_msg({"content": {"data": data}, "buffers": []})


def test_the_stop_button_calls_who_asked_for_it(stream: TokenStream) -> None:
    pressed: list[str] = []
    message(stream, {"type": "stop"})  # nobody listens yet
    stream.on_stop(lambda: pressed.append("stop"))
    for other in ({"type": "start"}, {}, None, "stop", {"type": "stop", "more": 1}):
        message(stream, other)
    assert pressed == []
    message(stream, {"type": "stop"})
    assert pressed == ["stop"]


def test_the_saved_picture_has_the_text_the_strip_and_the_caption() -> None:
    reply, timing = Reply(), Timing(SENT_S)
    stream = TokenStream(reply, timing)
    fill(stream, reply, timing, ["Is <b>", " *safe*?"])
    stream.finish("incomplete")
    data, _ = stream._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == stream.model_id
    assert data["text/plain"] == f"Is <b> *safe*?\n— {stream.caption()}"
    assert "<p>Is &lt;b&gt; <em>safe</em>?</p>" in data["text/html"]
    assert "█" in data["text/html"]
    assert "without a finish reason" in data["text/html"]


def test_half_an_emoji_can_be_sent_and_shown_on_the_wire() -> None:
    stream = TokenStream(Reply(), Timing(SENT_S), show_wire=True)
    for text in ("a\ud83c", "\udfd5b", "\ud83c"):
        stream.add_chunk(text)
        stream.add((text, SENT_S))
    stream.finish("complete")
    assert frames(stream)[0]["text"] == "a🏕b\ufffd"
    assert "\ufffd" in frames(stream, "w")[-1][-1]


def test_a_corrected_request_time_does_not_stretch_a_gap() -> None:
    timing = Timing(SENT_S)
    stream = TokenStream(Reply(), timing)
    stream.add(("a", SENT_S + 0.1))
    stream.flush()
    timing.sent_s -= 0.8  # as the SDK says at the end
    stream.add(("b", SENT_S + 0.12))
    stream.finish("complete")
    assert decode(frames(stream)) == [("a", 100), ("b", 120)]
    assert stream.figures["shift_s"] == pytest.approx(0.8)
