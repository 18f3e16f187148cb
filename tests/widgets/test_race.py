"""The race: two lanes, one start, and an error that is raised once."""

import threading
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from matplotlib.figure import Figure
from openai import OpenAI

from labkit.offline import local
from labkit.offline.app import create_app
from labkit.offline.faults import parse_fault
from labkit.offline.model import Model
from labkit.providers import Endpoint
from labkit.serving import Server, serve
from labkit.widgets import race as module
from labkit.widgets.race import LANES, Race, RaceResult, race

QUESTION = "How do I choose hiking boots?"


@pytest.fixture(autouse=True)
def widgets(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Race]]:
    """Note what is drawn; leave no thread behind."""
    local.start()  # or it would begin in the middle of a test
    drawn: list[Any] = []
    monkeypatch.setattr(module, "show_live", drawn.append)
    before = set(threading.enumerate())
    yield drawn
    assert set(threading.enumerate()) <= before


@pytest.fixture
def endpoint(server: Server) -> Endpoint:
    return Endpoint("offline", f"{server.url}/v1", "any", "m")


def test_both_lanes_say_the_same_and_the_times_are_plausible(
    endpoint: Endpoint, widgets: list[Race]
) -> None:
    result = race(QUESTION, endpoint=endpoint)
    [widget] = widgets
    texts = [widget.text(lane) for lane in LANES]
    assert texts[0] == texts[1]
    assert len(texts[0]) > 200
    assert 0 < result.ttft_s <= result.streamed_s < 30
    assert 0 < result.blocking_s < 30
    assert result == widget.result()


def test_the_streamed_answer_is_readable_first(widgets: list[Race]) -> None:
    with serve(create_app(Model(pace=0.02))) as slow:
        result = race(QUESTION, endpoint=Endpoint("offline", f"{slow.url}/v1", "any", "m"))
    assert result.ttft_s < result.blocking_s
    assert widgets[0].readable_s == {
        "blocking": pytest.approx(result.blocking_s),
        "streamed": pytest.approx(result.ttft_s),
    }


def test_what_was_drawn_is_kept_for_a_page_that_is_loaded_again(
    endpoint: Endpoint, widgets: list[Race]
) -> None:
    race(QUESTION, endpoint=endpoint)
    state = widgets[0].get_state()
    frames = [state[key] for key in state if key[0] == "f" and key[1:].isdigit()]
    for lane in LANES:
        assert "".join(frame[lane] for frame in frames) == widgets[0].text(lane)
    assert state["documents"]["streamed"] == state["documents"]["blocking"] != []
    assert (state["ended"], state["question"]) == (True, QUESTION)


def test_the_environment_chooses_the_model_unless_an_endpoint_is_given() -> None:
    assert race(QUESTION).streamed_s > 0


def test_a_refused_key_is_raised_once(server: Server, widgets: list[Race]) -> None:
    refused = Endpoint("offline", f"{server.url}/v1", "sk-invalid", "m")
    with pytest.raises(openai.AuthenticationError):
        race(QUESTION, endpoint=refused)
    assert widgets[0].ended


def test_an_error_in_the_streamed_lane_alone_is_raised(widgets: list[Race]) -> None:
    model = Model(pace=0, fault=parse_fault("error_after=3"))
    with serve(create_app(model)) as broken, pytest.raises(openai.APIError):
        race(QUESTION, endpoint=Endpoint("offline", f"{broken.url}/v1", "any", "m"))
    assert len(widgets[0].text("blocking")) > 200
    assert 0 < len(widgets[0].text("streamed")) < 100


@pytest.mark.parametrize("healthy", [0, 1])
def test_a_lane_that_cannot_begin_does_not_keep_the_other_waiting(
    healthy: int, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def build(**options: Any) -> OpenAI:
        made.append(1)
        if len(made) > healthy:
            raise OSError("too many open files")
        return OpenAI(**options)

    monkeypatch.setattr(openai, "OpenAI", build)
    with pytest.raises(OSError, match="too many open files"):
        race(QUESTION, endpoint=endpoint)


def test_the_result_says_its_times_in_a_sentence() -> None:
    assert repr(RaceResult(blocking_s=2.0, ttft_s=0.4, streamed_s=2.1)) == (
        "First words after 0.40 s streamed, 2.00 s blocking; "
        "the streamed answer was whole after 2.10 s."
    )


def test_the_plot_shows_blank_screen_and_text_for_both() -> None:
    figure = RaceResult(blocking_s=2.0, ttft_s=0.4, streamed_s=2.1).plot()
    assert isinstance(figure, Figure)
    [axes] = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == list(LANES)
    bars: list[Any] = list(axes.patches)
    assert [bar.get_width() for bar in bars] == pytest.approx([2.0, 0.4, 0.0, 1.7])


def test_the_saved_picture_has_question_times_and_answer(
    endpoint: Endpoint, widgets: list[Race]
) -> None:
    result = race("Is <b> safe?", endpoint=endpoint)
    data, _ = widgets[0]._repr_mimebundle_()
    assert data["text/plain"] == f"Is <b> safe?\n{result!r}"
    assert "<b>Is &lt;b&gt; safe?</b>" in data["text/html"]
    assert repr(result) in data["text/html"]
