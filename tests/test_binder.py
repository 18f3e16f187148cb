"""What Binder would build from binder/, as repo2docker reads it; without Docker or network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="Binder builds Linux images, and repo2docker needs Linux"
)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of all that repo2docker looks at: it dislikes large folders such as .venv."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("binder", ".jupyter", "requirements.txt", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.fixture(scope="module")
def dockerfile(course: Path) -> str:
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_binder_uses_a_python_the_course_runs_on(dockerfile: str) -> None:
    version = (ROOT / "binder/runtime.txt").read_text().strip().removeprefix("python-")
    assert (3, 11) <= tuple(map(int, version.split("."))) <= (3, 14)
    major, minor = version.split(".")
    assert f"environment-2epy-2d{major}-2e{minor}-2d" in dockerfile


def test_binder_installs_the_requirements_of_everyone(dockerfile: str) -> None:
    assert 'bin/pip install --no-cache-dir -r "binder/requirements.txt"' in dockerfile
    assert (ROOT / "binder/requirements.txt").read_text() == "-r ../requirements.txt\n"


def test_the_package_is_installed_when_its_files_are_there(dockerfile: str) -> None:
    whole_repository = dockerfile.index("src/ ${REPO_DIR}/")
    assert whole_repository < dockerfile.index("bin/pip install --no-cache-dir")


def test_binder_runs_post_build_last(dockerfile: str) -> None:
    assert dockerfile.index("bin/pip install") < dockerfile.index("RUN ./binder/postBuild")
    assert os.access(ROOT / "binder/postBuild", os.X_OK)


def test_post_build_turns_the_news_off(course: Path, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = dict(os.environ, PATH=path, NB_PYTHON_PREFIX=str(tmp_path))
    subprocess.run(["binder/postBuild"], cwd=course, env=environment, check=True)
    page = json.loads((tmp_path / "etc/jupyter/labconfig/page_config.json").read_text())
    assert page["disabledExtensions"] == {"@jupyterlab/apputils-extension:announcements": True}
