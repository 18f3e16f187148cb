"""What the notebooks of *Streaming Responses in Agents* import; importing it is cheap."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.errors import LabError
    from labkit.providers import Endpoint, connect
    from labkit.widgets.watch import watch

# Each name and the module it lives in, imported when it is first asked for (PEP 562).
_HOMES = {
    "Endpoint": "labkit.providers",
    "LabError": "labkit.errors",
    "connect": "labkit.providers",
    "watch": "labkit.widgets.watch",
}

__all__ = ["Endpoint", "LabError", "connect", "watch"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"labkit has no name {name!r}; it offers {', '.join(__all__)}.")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "timing"]
