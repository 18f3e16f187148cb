"""The machine and the versions that a benchmark's figures belong to; never the host's name."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import psutil  # type: ignore[import-untyped]

_FILES = 10_240  # macOS allows no more, whatever it says


def describe(*packages: str, chromium: str = "") -> None:
    """Print one line: CPU, cores, memory, system, Python, and the versions of `packages`."""
    memory = psutil.virtual_memory().total / 1e9
    parts = [
        f"{_cpu()}, {os.cpu_count()} cores, {memory:.0f} GB",
        platform.system(),
        f"Python {platform.python_version()}",
        *([f"Chromium {chromium}"] if chromium else []),
        *(f"{name} {version(name)}" for name in packages),
    ]
    print(" · ".join(parts), flush=True)


def many_files() -> None:
    """Let this process, and those that it starts, open as many files as the system allows."""
    if sys.platform == "win32":  # it has no such limit
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    known = most != resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, _FILES) if known else _FILES, most))


def _cpu() -> str:
    """Return the CPU's model as the system names it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        return names[0] if names else platform.machine()
    if platform.system() == "Darwin":
        asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return platform.processor() or platform.machine()
