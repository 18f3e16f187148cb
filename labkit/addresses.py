"""Where a browser reaches a port of this machine: directly, or through Jupyter's proxy."""

import ipaddress
import json
import os
from pathlib import Path


def browser_url(direct: str, port: int) -> str:
    """Return the address of `port` for the learner's browser; it ends in a slash.

    Under JupyterHub and Binder, and where Jupyter serves other machines too, that is a path on
    Jupyter's own address, `/user/x/proxy/PORT/` (jupyter-server-proxy); else it is `direct`.
    """
    base = os.environ.get("JUPYTERHUB_SERVICE_PREFIX") or _open_jupyter()
    return f"{base.rstrip('/')}/proxy/{port}/" if base else f"{direct}/"


def _open_jupyter() -> str:
    """Return the base path of the Jupyter that started this kernel, if it serves the network."""
    info = _jupyter()
    return "" if _is_loopback(info.get("hostname", "localhost")) else info.get("base_url", "")


def _jupyter() -> dict[str, str]:
    """Return what the Jupyter server that started this kernel has noted about itself."""
    parent = os.environ.get("JPY_PARENT_PID")
    if not parent:
        return {}
    from jupyter_core.paths import jupyter_runtime_dir

    try:
        note = Path(jupyter_runtime_dir(), f"jpserver-{parent}.json").read_text(encoding="utf-8")
    except OSError:  # another program started the kernel: nbval, an editor
        return {}
    return dict(json.loads(note))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
