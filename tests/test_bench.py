"""Each benchmark runs in a tiny configuration and prints its tables; its targets decide its exit."""

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Error, sync_playwright

from tests.browser.lab import launch

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "bench"


def run(name: str, *options: str) -> str:
    done = tried(name, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def tried(name: str, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(BENCH / name), "--runs", "1", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=ROOT)


def part(name: str) -> Any:
    """Import a module of the benchmarks, which are commands and no package."""
    sys.path.insert(0, str(BENCH))
    try:
        return __import__(name)
    finally:
        sys.path.remove(str(BENCH))


def test_the_model_benchmark_compares_with_a_bare_server_and_loses_no_chunk() -> None:
    load = ("--requests", "2", "--streams", "8", "--chunks", "5", "--pace", "0.1")
    shown = run("model.py", *load)
    assert "| pair | CPU, model | CPU, bare | ratio |" in shown
    assert "TTFT at pace 0" in shown
    lost = next(line for line in shown.splitlines() if "streams that lost a chunk" in line)
    assert "met" in lost
    assert "| 8       |     40 |" in shown


def test_the_agent_benchmark_compares_with_the_sdks_own_loop_over_the_same_streams() -> None:
    shown = run("agent.py", "--requests", "1")
    for kind in ("text", "tool-call fragments"):
        assert f"CPU per delta, {kind} (" in shown
        assert f"run_agent beyond the SDK, per delta of {kind}" in shown
    assert shown.count("| async for chunk in stream: pass ") == 2


def test_the_sse_benchmark_compares_four_ways_and_sees_the_model_stop() -> None:
    load = ("--readers", "4", "--seconds", "1", "--events", "20", "--requests", "1")
    shown = run("sse.py", *load, "--leavers", "2")
    for way in ("bare", "by hand", "sse-starlette", "fastapi.sse"):
        assert f"| {way} " in shown
    assert "| 4       |     80 |                     0 |" in shown
    lost = next(line for line in shown.splitlines() if "readers that lost an event" in line)
    assert "met" in lost
    left = next(line for line in shown.splitlines() if "| stream cancelled |" in line)
    assert "–" not in left


def test_the_service_benchmark_loses_nothing_and_sees_the_model_stop() -> None:
    layer = ("--events", "20", "--requests", "1", "--streams", "4", "--seconds", "1")
    path = ("--readers", "3", "--over-s", "0.1", "--pace", "0.02", "--leavers", "2")
    few = ("--layers", "3", "6", "--layer-readers", "1", "--layer-pace", "0")
    shown = run("service.py", *layer, *path, *few)
    for response in ("bare", "EventStream", "EventSourceResponse"):
        assert f"| {response} " in shown
    for added in ("the same by ModelClient", "+ our agent, answer", "+ SSE to a reader"):
        assert f"| {added}" in shown
    lost = [line for line in shown.splitlines() if "that lost" in line and "≤" in line]
    assert [line.split()[-2] for line in lost] == ["met", "met"], lost
    left = next(line for line in shown.splitlines() if "model's stream cancelled" in line)
    assert "–" not in left


def test_a_soak_ends_with_nothing_wrong_and_nothing_left() -> None:
    shown = run("soak.py", "--minutes", "0.05", "--readers", "4", "--every", "1", "--pace", "0.1")
    for kind in ("whole", "leaver", "lost and back", "slow", "no token", "no question"):
        assert f"| {kind} " in shown
    for left in ("lost, cut, or else wrong", "left, by the metrics", "left at the model"):
        line = next(line for line in shown.splitlines() if left in line)
        assert line.split()[-2] == "met"


def test_the_import_benchmark_measures_a_kernel_that_runs_a_notebook(tmp_path: Path) -> None:
    notebook = tmp_path / "tiny.ipynb"
    part("methods").write(notebook, part("methods").NOTHING, "tiny", rate=0)
    shown = run("imports.py", "--notebook", str(notebook))
    for expected in ("import openai, labkit", "connect(), offline", "after tiny.ipynb", "Targets"):
        assert expected in shown


def test_the_import_benchmark_says_at_once_that_the_notebook_is_not_there(tmp_path: Path) -> None:
    done = tried("imports.py", "--notebook", str(tmp_path / "gone.ipynb"))
    assert (done.stdout, done.returncode) == ("", 2)
    assert f"error: there is no {tmp_path / 'gone.ipynb'}" in done.stderr


@pytest.mark.browser
def test_the_rendering_benchmark_finds_our_text_complete_in_the_page() -> None:
    _need_chromium()
    shown = run("rendering.py", "--sizes", "20", "--rate", "0", "--methods", "print(flush=True)")
    rows = {line.split("|")[1].strip(): line for line in shown.splitlines() if "| " in line}
    for method in ("labkit.watch", "print(flush=True)"):
        assert "1 of 1 |  0 of 1" in rows[method]
    assert "deltas" in rows
    assert "widget source" in rows


def _need_chromium() -> None:
    with sync_playwright() as playwright:
        try:
            launch(playwright).close()
        except Error:
            pytest.skip("no Chromium; tests/browser/conftest.py says how to get one")


@pytest.mark.parametrize(("measured", "code"), [(1.0, 0), (2.0, 0), (2.1, 1), (None, 1)])
def test_a_missed_target_is_exit_code_1_when_checked(
    measured: float | None, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    report = part("report")
    targets = [report.Target("delay", measured, 2.0, "s")]
    assert report.verdict(targets, check=True) == code
    assert ("MISSED" in capsys.readouterr().out) == bool(code)
    assert report.verdict(targets, check=False) == 0


def test_a_median_leaves_out_what_was_not_reached_and_the_worst_does_not() -> None:
    report = part("report")
    assert report.median([3.0, None, 1.0]) == 2.0
    assert report.median([None]) is None
    assert report.worst([3.0, None, 1.0]) is None
    assert report.worst([3.0, 1.0]) == 3.0


@given(st.integers(2, 3000))
def test_a_sample_has_the_asked_size_and_ends_in_a_marker_that_comes_once(deltas: int) -> None:
    methods = part("methods")
    text = methods.sample(deltas)
    assert len(text) == deltas * methods.SIZE
    assert text.endswith(methods.MARKER)
    assert text.count(methods.MARKER) == 1
    assert text == methods.sample(deltas)


def message(msg_type: str, content: dict[str, Any], buffers: bytes = b"") -> bytes:
    """Return a kernel message as the server sends it (v1.kernel.websocket.jupyter.org)."""
    fields = [b"iopub", json.dumps({"msg_type": msg_type}).encode(), b"{}", b"{}"]
    fields += [json.dumps(content).encode(), buffers]
    offsets = [8 * (len(fields) + 2)]
    for data in fields:
        offsets.append(offsets[-1] + len(data))
    return struct.pack(f"<{len(offsets) + 1}Q", len(offsets), *offsets) + b"".join(fields)


def update(**state: object) -> bytes:
    return message("comm_msg", {"data": {"method": "update", "state": state}}, b"buffer")


def test_the_kinds_of_messages_add_up_to_all_bytes() -> None:
    sent = [
        message("status", {"execution_state": "busy"}),
        message("comm_open", {"data": {"state": {"_esm": "export default {}"}}}),
        message("comm_open", {"data": {"state": {}}}),
        message("display_data", {"data": {}}),
        message("update_display_data", {"data": {"text/html": "<p>"}}),
        *(update(f0={"text": "a b"}), update(f1={"text": "\nc"}), update(w0=["{}"])),
        update(document=[["p", {}, "a"]], state="complete"),
    ]
    frames = part("frames")
    kinds = frames.split(sent)
    assert sum(kinds.values()) == sum(map(len, sent))
    assert kinds["deltas"] == len(sent[5]) + len(sent[6])
    assert kinds["formatted document"] == len(sent[8])
    assert frames.streamed_text(sent) == "a b\nc"
