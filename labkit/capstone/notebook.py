"""What notebook 10 calls. Each function displays something and returns nothing."""

import contextvars
import logging
from collections.abc import Callable
from pathlib import Path

from labkit.addresses import browser_url
from labkit.capstone.app_file import app_path, begin
from labkit.capstone.checking import evaluate, evaluate_all
from labkit.capstone.milestones import MILESTONES
from labkit.capstone.milestones.milestone import Milestone
from labkit.capstone.points import table
from labkit.capstone.process import AppProcess, StartError
from labkit.exercises.boxes import Box, show
from labkit.exercises.catalogue import UnknownExerciseError
from labkit.exercises.notebook import now, problem, recorded
from labkit.providers import connect, handed_on

_log = logging.getLogger(__name__)
_running: dict[Path, tuple[AppProcess, bytes]] = {}
"""The apps whose pages are shown, and the code that they run."""
_START = "labkit.capstone.start"
_PAGE_IDLE_LIMIT_S = "5"  # nobody wants to watch a fault for a minute


def start(*, anew: bool = False) -> None:
    """Write my_agent.py to begin with, beside the notebook; never over the one that is there.

    With `anew` that one is kept under another name.
    """
    try:
        begun = begin(app_path(), now(), anew=anew)
    except OSError as error:
        return show(problem(error))
    name = begun.path.name
    if not begun.fresh:
        text = f"It stays as it is. To begin anew, and keep it: `{_START}(anew=True)`."
        return show(Box("info", "→", f"`{name}` is there already", text))
    kept = f"Yours is kept as `{begun.kept.name}`.\n" if begun.kept else ""
    text = f"{kept}Open it beside this notebook: it is in the list of files, on the left."
    return show(Box("success", "✓", f"`{name}` is written", text))


def milestone(which: int | str) -> None:
    """Check my_agent.py against milestone `which` (1 or "tools"), show the result, and record it.

    The file is run in a process of its own, so nothing in it can harm the notebook.
    """
    try:
        found = _found(which)
    except UnknownExerciseError as error:
        return show(problem(error))
    return show(recorded(evaluate(found, app_path())))


def _found(which: int | str) -> Milestone:
    for each in MILESTONES:
        if which in (each.number, str(each.number), each.name, each.key):
            return each
    known = ", ".join(f'{each.number} or "{each.name}"' for each in MILESTONES)
    raise UnknownExerciseError(f"There is no milestone {which!r}. These exist: {known}.")


def rubric() -> None:
    """Check all milestones, and show their points beside those that a person gives."""
    results = evaluate_all(MILESTONES, app_path())
    for result in results:
        recorded(result)
    show(table(results))


def page(path: Path | None = None, *, height: int = 460) -> None:
    """Run the app of `path`, or of my_agent.py, in a process of its own, and show its page here.

    It has this notebook's model, ends with the kernel, and what it logs appears in the cell. While
    the file stays as it is, its app goes on running; an edited one takes over, on the same port.
    """
    from IPython.display import IFrame

    try:
        app = _app_of(path or app_path())
    except StartError as error:
        return show(problem(error))
    address = browser_url(app.url, app.port)
    return show(IFrame(address, width="100%", height=height))


def _app_of(path: Path) -> AppProcess:
    """Return the running app of the file as it is now. Raises StartError."""
    code = path.read_bytes() if path.exists() else b""
    before, old_code = _running.get(path, (None, b""))
    if before and before.running and code == old_code:
        return before
    port = 0
    if before:
        del _running[path]
        before.stop()
        port = before.port
    app = AppProcess(path, _settings(), _logger(), port=port).start()
    _running[path] = app, code
    return app


def _settings() -> dict[str, str]:
    """Return what leads the app to the offline model of this process; nothing for a real one."""
    endpoint = connect()
    if endpoint.provider != "offline":
        return {}
    return {"IDLE_LIMIT_S": _PAGE_IDLE_LIMIT_S, **handed_on(endpoint)}


def _logger() -> Callable[[str], None]:
    """Return what logs a line in the cell that runs now; ipykernel keeps it in the context."""
    context = contextvars.copy_context()
    return lambda line: context.copy().run(_log.warning, "%s", line)
