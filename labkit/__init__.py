"""What the notebooks of *Streaming Responses in Agents* import; importing it is cheap."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.background import all_quiet
    from labkit.capstone import milestone, rubric
    from labkit.checkup import doctor
    from labkit.errors import LabError
    from labkit.exercises import check, hint, progress, reset, solution
    from labkit.model_fault import fault
    from labkit.providers import Endpoint, connect
    from labkit.serving import serve
    from labkit.timing import Timing
    from labkit.widgets.control_panel import control_panel
    from labkit.widgets.quiz import quiz
    from labkit.widgets.race import race
    from labkit.widgets.watch import watch
    from labkit.widgets.watch_agent import watch_agent

# Each name and the module it lives in, imported when it is first asked for (PEP 562).
_HOMES = {
    "Endpoint": "labkit.providers",
    "LabError": "labkit.errors",
    "Timing": "labkit.timing",
    "all_quiet": "labkit.background",
    "check": "labkit.exercises",
    "connect": "labkit.providers",
    "control_panel": "labkit.widgets.control_panel",
    "doctor": "labkit.checkup",
    "fault": "labkit.model_fault",
    "hint": "labkit.exercises",
    "milestone": "labkit.capstone",
    "progress": "labkit.exercises",
    "quiz": "labkit.widgets.quiz",
    "race": "labkit.widgets.race",
    "reset": "labkit.exercises",
    "rubric": "labkit.capstone",
    "serve": "labkit.serving",
    "solution": "labkit.exercises",
    "watch": "labkit.widgets.watch",
    "watch_agent": "labkit.widgets.watch_agent",
}

__all__ = [
    "Endpoint",
    "LabError",
    "Timing",
    "all_quiet",
    "check",
    "connect",
    "control_panel",
    "doctor",
    "fault",
    "hint",
    "milestone",
    "progress",
    "quiz",
    "race",
    "reset",
    "rubric",
    "serve",
    "solution",
    "watch",
    "watch_agent",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"labkit has no name {name!r}; it offers {', '.join(__all__)}.")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
