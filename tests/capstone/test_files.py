"""Files that cannot be served: one clear sentence, within the limit, and no process left."""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from labkit.capstone import REFERENCE
from labkit.capstone.app_file import STARTER, app_path, begin
from labkit.capstone.checking import evaluate
from labkit.capstone.limits import Limits
from labkit.capstone.milestones import MILESTONES
from labkit.capstone.process import AppProcess
from labkit.exercises.notebook import now

BROKEN_LIFESPAN = """
from contextlib import asynccontextmanager
from fastapi import FastAPI
@asynccontextmanager
async def lifespan(app):
    raise ValueError("no map")
    yield
app = FastAPI(lifespan=lifespan)
"""
LIMITS = Limits(load_s=2)
ENDED = "my_agent.py ended its process at once."
BROKEN = {
    "syntax error": ("a = 1\ndef f(:\n", "SyntaxError: invalid syntax (line 2)."),
    "no app": ("a = 1\n", "my_agent.py has no `app`"),
    "an app that is none": ("app = 1\n", "my_agent.py has no `app`"),
    "raises": ("raise KeyError('route')\n", "KeyError: 'route' (line 1)."),
    "calls exit": ("import sys\nsys.exit(2)\n", "SystemExit: 2 (line 2)."),
    "ends the process": ("import os\nos._exit(1)\n", ENDED),
    "endless loop": ("a = 1\nwhile True:\n    pass\n", "within 2 s: it hangs in line"),
    "sleeps": ("import time\ntime.sleep(600)\n", "it hangs in line 2"),
    "a lifespan that raises": (BROKEN_LIFESPAN, "does not start: ValueError: no map."),
    "no text": (b"\xff\xfe\x00", "cannot be read"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_served_gives_one_sentence(name: str, my_agent: Path) -> None:
    text, told = BROKEN[name]
    my_agent.write_bytes(text if isinstance(text, bytes) else text.encode())
    began = time.monotonic()
    result = evaluate(MILESTONES[0], my_agent, LIMITS)
    assert result.state == "not yet"
    assert told in result.message
    assert "\n" not in result.message
    assert "Traceback" not in result.message
    assert time.monotonic() - began < 30


def test_an_app_that_blocks_while_it_answers_hangs_nobody(my_agent: Path) -> None:
    text = REFERENCE.read_text()
    blocked = text.replace("    return stream(", "    while True: pass\n    return stream(")
    assert blocked != text
    my_agent.write_text(blocked)
    one_rule = replace(MILESTONES[1], rules=MILESTONES[1].rules[:1])
    result = evaluate(one_rule, my_agent)
    assert "sends nothing for 4 s after `POST /ask`" in result.message


posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and groups of POSIX")


@posix
def test_a_process_that_the_file_starts_ends_with_the_check(my_agent: Path) -> None:
    started = 'import subprocess\nsubprocess.Popen(["sleep", "77"])\n'
    my_agent.write_text(REFERENCE.read_text() + started)
    before = set(psutil.pids())
    assert evaluate(MILESTONES[2], my_agent).state == "right"
    new = [psutil.Process(pid) for pid in set(psutil.pids()) - before if psutil.pid_exists(pid)]
    alive = [p for p in new if p.status() != psutil.STATUS_ZOMBIE]
    assert [p.pid for p in alive if p.cmdline() == ["sleep", "77"]] == []


@posix
def test_an_interrupted_check_leaves_nothing_behind(my_agent: Path) -> None:
    interrupts = "import os, signal\nos.kill(os.getppid(), signal.SIGINT)\nwhile True: pass\n"
    my_agent.write_text(interrupts)
    with pytest.raises(KeyboardInterrupt):
        evaluate(MILESTONES[0], my_agent)


@posix
def test_an_interrupt_of_the_kernel_does_not_reach_the_app(my_agent: Path) -> None:
    my_agent.write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    before = psutil.Process().children()  # of fixtures of this worker
    with AppProcess(my_agent, {}).start():
        [child] = set(psutil.Process().children()) - set(before)
        assert os.getpgid(child.pid) == child.pid


def test_what_a_file_prints_is_in_nobodys_way(my_agent: Path) -> None:
    my_agent.write_text('print("{}")\n' + REFERENCE.read_text().replace('"""A', '"""A', 1))
    assert evaluate(MILESTONES[2], my_agent).state == "right"


def test_a_missing_and_an_untouched_file_are_untouched(my_agent: Path) -> None:
    assert "capstone.start()" in evaluate(MILESTONES[0], my_agent).message
    begin(my_agent, now())
    results = [evaluate(milestone, my_agent) for milestone in MILESTONES]
    assert {result.state for result in results} == {"untouched"}
    assert "section 3 of my_agent.py" in results[2].message


def test_a_section_that_is_not_written_yet_is_untouched(my_agent: Path) -> None:
    tools = MILESTONES[0]
    text = STARTER.read_text()
    my_agent.write_text(text.replace(tools.stub, tools.source))
    assert [evaluate(each, my_agent).state for each in MILESTONES[:2]] == ["right", "untouched"]


def test_starting_writes_the_starter_and_never_over_a_file(my_agent: Path) -> None:
    assert begin(my_agent, now()).fresh
    assert my_agent.read_text() == STARTER.read_text()
    my_agent.write_text("mine")
    assert not begin(my_agent, now()).fresh
    assert my_agent.read_text() == "mine"


def test_outside_the_course_the_file_lies_in_the_folder_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LABKIT_CAPSTONE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert app_path() == tmp_path / "my_agent.py"


def test_beginning_anew_keeps_the_old_one_each_time(my_agent: Path) -> None:
    for text in ("first", "second"):
        my_agent.write_text(text)
        begun = begin(my_agent, now(), anew=True)
        assert begun.kept
        assert begun.kept.read_text() == text
    assert my_agent.read_text() == STARTER.read_text()
    assert len(list(my_agent.parent.glob("my_agent.mine-*.py"))) == 2


def test_the_solutions_run_without_the_files_imports_changed() -> None:
    def imports(path: Path) -> list[str]:
        return [li for li in path.read_text().splitlines() if li.startswith(("import ", "from "))]

    assert imports(STARTER) == imports(REFERENCE)
    rest = STARTER.read_text().split("# --- The rest")
    assert rest[1] == REFERENCE.read_text().split("# --- The rest")[1]
