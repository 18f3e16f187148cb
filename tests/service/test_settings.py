"""Where settings come from, and how they are described."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from labkit.__main__ import main
from labkit.service.settings import Settings

KEY = "k" * 32


def test_every_setting_says_what_it_is_for() -> None:
    for name, field in Settings.model_fields.items():
        assert (field.description or "").endswith((".", "never.")), name


def test_the_command_shows_all_of_them_with_their_defaults_and_no_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_TICKET_KEY", KEY)
    assert main(["service", "--settings"]) == 0
    shown = capsys.readouterr().out
    for name in Settings.model_fields:
        assert f"SERVICE_{name.upper()}=" in shown
    assert "SERVICE_TICKET_KEY=\n" in shown
    assert "SERVICE_RATE_LIMIT=20/minute\n" in shown
    assert "SERVICE_BUFFER_BYTES=262144\n" in shown
    assert "SERVICE_SECRETS_DIR=\n" in shown
    assert KEY not in shown


def test_a_variable_counts_and_a_mounted_file_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "SERVICE_TICKET_KEY").write_text(f"{KEY}\n")
    (tmp_path / "SERVICE_RATE_LIMIT").write_text("1/hour")
    monkeypatch.setenv("SERVICE_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("SERVICE_RATE_LIMIT", "2/hour")
    settings = Settings()
    assert settings.ticket_key.get_secret_value() == KEY
    assert settings.rate_limit == "2/hour"


def test_a_folder_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SERVICE_SECRETS_DIR", str(tmp_path / "none"))
    assert main(["service"]) == 2
    assert "labkit: SERVICE_SECRETS_DIR names a folder that is not there" in capsys.readouterr().err


def test_a_list_is_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_ALLOWED_ORIGINS", " https://a.example , https://b.example,")
    assert Settings().allowed_origins == ("https://a.example", "https://b.example")


def test_replicas_need_a_key_in_common() -> None:
    with pytest.raises(ValidationError, match="set SERVICE_TICKET_KEY, too"):
        Settings(redis_url="redis://redis:6379/0")
    assert Settings(redis_url="redis://redis:6379/0", ticket_key=KEY).shared


def test_no_secret_is_in_its_text() -> None:
    settings = Settings(redis_url="redis://:password@redis:6379/0", ticket_key=KEY)
    assert "password" not in repr(settings)
    assert KEY not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("idle_timeout", 0),
        ("answer_timeout", float("inf")),
        ("keep_alive", -1),
        ("streams_per_client", 0),
        ("buffer_bytes", 100),
        ("resume_window", 1e9),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings(**{name: value})
