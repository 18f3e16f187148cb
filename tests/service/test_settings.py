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
        ("keep_alive", 0.000001),
        ("streams_per_client", 1_000_000),
        ("buffer_bytes", 1_000_000_000),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings(**{name: value})


@pytest.mark.parametrize(
    "name",
    ["https://shop.example", "other.example:8080", "[2001:db8::1]", "shop.example/", "a b", "*.b"],
)
def test_a_host_that_no_request_could_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="names without port and scheme"):
        Settings(allowed_hosts=name)


def test_hosts_are_compared_in_lower_case() -> None:
    names = Settings(allowed_hosts="Shop.Example, 2001:DB8::1, *").allowed_hosts
    assert names == ("shop.example", "2001:db8::1", "*")


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_tokens_of_white_space_are_none(text: str) -> None:
    assert not Settings(api_tokens=text).tokens


def test_tokens_are_read_once() -> None:
    settings = Settings(api_tokens=f"shop:{'0' * 64}")
    assert settings.tokens
    assert settings.tokens is settings.tokens


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("SERVICE_API_TOKEN", "SERVICE_API_TOKENS"),
        ("SERVICE_RATE_LIMITS", "SERVICE_RATE_LIMIT"),
        ("SERVICE_SECRET_DIR", "SERVICE_SECRETS_DIR"),
    ],
)
def test_a_misspelt_variable_is_told_with_the_right_name_and_without_its_value(
    name: str, nearest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "s3cr3t")
    with pytest.raises(ValueError, match=f"{name} is no setting .* is {nearest} meant") as caught:
        Settings()
    assert "s3cr3t" not in str(caught.value)


def test_a_misspelt_file_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "SERVICE_KEY").write_text(KEY)
    monkeypatch.setenv("SERVICE_SECRETS_DIR", str(tmp_path))
    with pytest.raises(ValueError, match="SERVICE_KEY is no setting"):
        Settings()


@pytest.mark.parametrize("name", ["allowed_origins", "allowed_hosts"])
def test_a_wrong_part_of_a_list_is_told_under_the_name_of_the_setting(name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(**{name: "https://a.example, https://b.example/"})
    assert [error["loc"] for error in caught.value.errors()] == [(name,)]
