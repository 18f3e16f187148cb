"""A real Redis takes the arguments of the manifest, and is what its comments say."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import AuthenticationError, Redis

from tests.deploy.bundle import Bundle

REDIS = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(not REDIS, reason="no redis-server is installed")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Run Redis as the manifest says, on a socket of its own, with "secret" as its password."""
    (container,) = Bundle().named("Deployment", "redis")["spec"]["template"]["spec"]["containers"]
    told = [text.replace("$(REDIS_PASSWORD)", "secret") for text in container["args"]]
    command = [str(REDIS), *told, "--port", "0", "--unixsocket", "redis.sock"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert any("eady to accept connections" in line for line in process.stdout)
        yield str(tmp_path / "redis.sock")
        process.terminate()
    assert [path.name for path in tmp_path.iterdir()] == []  # nothing is left on the disk


def test_it_keeps_nothing_evicts_nothing_and_wants_its_password(address: str) -> None:
    with Redis(unix_socket_path=address, password="secret", decode_responses=True) as redis:
        said = redis.config_get("save", "appendonly", "maxmemory", "maxmemory-policy")
        redis.set("key", "value")
    assert said["save"] == ""
    assert said["appendonly"] == "no"
    assert int(said["maxmemory"]) == 192 * 2**20
    assert said["maxmemory-policy"] == "noeviction"
    with Redis(unix_socket_path=address) as nobody, pytest.raises(AuthenticationError):
        nobody.get("key")
