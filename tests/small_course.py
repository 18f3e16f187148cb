"""A course of tiny packages, to start without a network: start.py, pins, one notebook."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[1]
PINS = "jupyterlab==1.0\npytest==1.0\n"
PAGE = "notebooks/00-start-here.ipynb"
# Stands for JupyterLab and pytest: says how it was called, and exits as it is told.
TOOL = """
import json, os, sys
told = [a for a in sys.argv if a.startswith("exit=")]
print(json.dumps({"argv": sys.argv[1:], "cwd": os.getcwd(), "prefix": sys.prefix,
                  "path": os.environ["PATH"], "config": os.environ["JUPYTER_CONFIG_PATH"]}))
sys.exit(int(told[0][5:]) if told else 0)
"""


def make_wheels(folder: Path) -> Path:
    """Fill a folder that pip can take for its index."""
    for name in ("jupyterlab", "pytest", "later"):
        make_wheel(folder, name)
    return folder


def make_wheel(folder: Path, name: str) -> None:
    """Write the smallest package that pip installs and `python -m` runs."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}/__init__.py": "",
        f"{name}/__main__.py": TOOL,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


class Course:
    """A copy of the course that is only start.py, pins and one notebook."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder, self.wheels = folder, wheels
        (folder / "notebooks").mkdir(parents=True)
        (folder / PAGE).write_text("as it came")
        shutil.copy(ROOT / "start.py", folder)
        self.pin(PINS)

    def pin(self, text: str) -> None:
        (self.folder / "requirements.txt").write_text(text)

    @property
    def start(self) -> ModuleType:
        spec = importlib.util.spec_from_file_location("start", self.folder / "start.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.folder / "start.py"), *arguments]

    def environment(self, **pip: str) -> dict[str, str]:
        outside = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "JUPYTER_"))}
        own = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": self.wheels.as_uri()}
        return outside | own | (pip or {"PIP_NO_INDEX": "1"})

    def run(self, *arguments: str, **pip: str) -> subprocess.CompletedProcess[str]:
        command, environment = self.command(*arguments), self.environment(**pip)
        elsewhere = self.wheels  # start.py is called from any directory
        return subprocess.run(
            command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False
        )

    def call(self, *arguments: str) -> dict[str, Any]:
        """Run a tool that must start, and return what it says of its call."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return said
