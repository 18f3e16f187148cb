"""Which notebook cell runs this code."""

import sys
from typing import Any


def running_cell() -> str | None:
    """Return what tells the running cell from the others, or None outside a notebook.

    JupyterLab sends an id that stays when the cell is edited. Who sends none (nbval, a console) is
    known by its code. A thread that was given a cell's context works for that cell.
    """
    # A kernel has imported IPython; elsewhere the import would cost more than it tells.
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    request = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = request.get("metadata", {}).get("cellId") or request.get("content", {}).get("code")
    return str(cell) if cell else None
