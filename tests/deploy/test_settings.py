"""The manifests set only what the service reads, and the service takes it."""

from pathlib import Path
from typing import Any

import pytest

from labkit.service.settings import Settings
from tests.deploy.bundle import Bundle
from tests.deploy.conftest import Broken

FOLDER = "SERVICE_SECRETS_DIR"  # where Settings look; read before there are any


def unknown(bundle: Bundle) -> set[str]:
    """Return each SERVICE_* of the manifests and of the Secret's files that is no setting."""
    secrets = [
        item["key"]
        for volume in bundle.service()["volumes"]
        for item in volume.get("secret", {}).get("items", [])
    ]
    said: dict[str, Any] = {**bundle.environment(), **dict.fromkeys(secrets)}
    known = {f"SERVICE_{name.upper()}" for name in Settings.model_fields}
    return {name for name in said if name.startswith("SERVICE_")} - known - {FOLDER}


def test_each_variable_is_a_setting_of_the_service() -> None:
    assert unknown(Bundle()) == set()


def test_a_misspelt_variable_is_told(broken: Broken) -> None:
    bundle = broken("kubernetes/settings.env", "SERVICE_RATE_LIMIT=", "SERVICE_RATE_LIMITS=")
    assert unknown(bundle) == {"SERVICE_RATE_LIMITS"}


def test_a_misspelt_secret_is_told(broken: Broken) -> None:
    bundle = broken("kubernetes/deployment.yaml", "key: SERVICE_TICKET_KEY", "key: SERVICE_KEY")
    assert unknown(bundle) == {"SERVICE_KEY"}


def test_the_service_takes_the_settings_and_finds_its_secrets_as_a_cluster_mounts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = Bundle()
    for name, value in bundle.environment().items():
        if name.startswith("SERVICE_"):
            monkeypatch.setenv(name, value.replace("$(REDIS_PASSWORD)", "correct-horse"))
    version = tmp_path / "..2026_11_21"
    version.mkdir()
    (tmp_path / "..data").symlink_to(version.name)
    for name, value in {"API_TOKENS": f"ann:{'0' * 64}", "TICKET_KEY": "k" * 32}.items():
        (version / f"SERVICE_{name}").write_text(value, encoding="utf-8")
        (tmp_path / f"SERVICE_{name}").symlink_to(f"..data/SERVICE_{name}")
    monkeypatch.setenv(FOLDER, str(tmp_path))
    settings = Settings()
    assert settings.api_tokens.get_secret_value() == f"ann:{'0' * 64}"
    assert settings.ticket_key.get_secret_value() == "k" * 32
    assert settings.shared
    assert settings.drain_timeout == 30
