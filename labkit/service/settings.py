"""What the environment says about the service: the one place where each setting is described."""

import os
import re
import secrets
from collections.abc import Callable
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from labkit.service.origins import checked
from labkit.service.quotas import parse_rate
from labkit.service.redis_link import connect
from labkit.service.tickets import check_key
from labkit.service.tokens import Tokens

_PREFIX = "SERVICE_"
_FOLDER = f"{_PREFIX}SECRETS_DIR"
# A name as a browser sends it in Host, without a port; with colons it is an IPv6 address.
_HOST = re.compile(r"\*|[a-z0-9._-]+|[0-9a-f]*:[0-9a-f.]*:[0-9a-f:.]*")


def _listed(value: object) -> object:
    """Return the parts of a text that are separated by commas."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _host(name: str) -> str:
    """Return the name of a host as it is compared. Raises ValueError."""
    if not _HOST.fullmatch(name.lower()):
        raise ValueError("expected names without port and scheme, as in shop.example, or *")
    return name.lower()


def _each(checked: Callable[[str], str]) -> AfterValidator:
    """Let each part of a list be as `checked` returns it."""
    return AfterValidator(lambda parts: tuple(map(checked, parts)))


def _accepted_by(check: Callable[[str], object]) -> AfterValidator:
    """Let those that use a setting say now, and not at the first request, what is wrong."""

    def accepted(value: Any) -> Any:
        check(value.get_secret_value() if isinstance(value, SecretStr) else value)
        return value

    return AfterValidator(accepted)


Seconds = Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False)]
Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]


class Settings(BaseSettings):
    """The settings of a service; each comes from the variable SERVICE_ and its name in capitals.

    A file of that name in the folder SERVICE_SECRETS_DIR counts where the variable is not set.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    api_tokens: Annotated[SecretStr, _accepted_by(Tokens.parse)] = Field(
        SecretStr(""),
        description="Who may ask: name:hash, separated by commas, as `labkit token` prints them. "
        "Without any, everybody on this machine may ask, and nobody else.",
    )
    ticket_key: Annotated[SecretStr, _accepted_by(lambda key: check_key(key.encode()))] = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(32)),
        description="Signs tickets; 32 characters or more, the same for all replicas. Without it, "
        "one is made up at each start.",
    )
    ticket_seconds: Seconds = Field(60, description="How long a ticket can be used.")
    allowed_origins: Annotated[Listed, _each(checked)] = Field(
        (), description="Other sites whose pages may ask, such as https://shop.example."
    )
    allowed_hosts: Annotated[Listed, _each(_host)] = Field(
        (),
        description="Where there are no tokens: the names by which the service may be asked, "
        "besides this machine's own; * for any, where a proxy before it protects it.",
    )
    rate_limit: Annotated[str, _accepted_by(parse_rate)] = Field(
        "20/minute", description="Questions that one client may ask, and tickets that it may get."
    )
    streams_per_client: int = Field(
        4, ge=1, le=100_000, description="Streams that one client may have open."
    )
    redis_url: Annotated[SecretStr, _accepted_by(lambda url: url and connect(url))] = Field(
        SecretStr(""),
        description="Where several replicas keep what they share, such as redis://redis:6379/0. "
        "Without it, each process counts for itself.",
    )
    first_token_timeout: Seconds = Field(20, description="Until the model's first text.")
    idle_timeout: Seconds = Field(30, description="From one piece of the model's to the next.")
    answer_timeout: Seconds = Field(300, description="For a whole answer.")
    send_timeout: Seconds = Field(30, description="For a reader to take what it is sent.")
    drain_timeout: Seconds = Field(30, description="For open streams to end after SIGTERM.")
    resume_window: float = Field(
        10, ge=0, le=3600, description="For a lost reader to come back to its answer; 0 never."
    )
    keep_alive: float = Field(
        15, ge=0.05, le=3600, description="Of silence, after which a comment is sent."
    )
    buffer_bytes: int = Field(
        262_144,
        ge=4096,
        le=16_777_216,
        description="Of an answer that are kept for a slow or a lost reader.",
    )

    def __init__(self, **values: Any) -> None:
        folder = _secrets_folder()
        files = folder.iterdir() if folder else ()
        _check_names({*os.environ, *(file.name for file in files)})
        super().__init__(_secrets_dir=folder, **values)

    @cached_property
    def tokens(self) -> Tokens:
        """Who may ask. Where there are none, everybody on this machine may."""
        return Tokens.parse(self.api_tokens.get_secret_value())

    @property
    def shared(self) -> bool:
        """Whether other replicas share the limits, the tickets and the answers."""
        return bool(self.redis_url.get_secret_value())

    @property
    def longest_s(self) -> float:
        """How long a stream can be open at most, in seconds."""
        return self.answer_timeout + self.resume_window + self.send_timeout

    @model_validator(mode="after")
    def _replicas_share_a_key(self) -> "Settings":
        if self.shared and "ticket_key" not in self.model_fields_set:
            raise ValueError(
                "with SERVICE_REDIS_URL, set SERVICE_TICKET_KEY, too: "
                "a ticket of one replica has to be valid at the others"
            )
        return self


def _check_names(names: set[str]) -> None:
    """Raise ValueError for a name that looks like a setting's and is none: it is misspelt."""
    known = {_variable(name) for name in Settings.model_fields} | {_FOLDER}
    for name in sorted(names):
        if name.upper().startswith(_PREFIX) and name.upper() not in known:
            [nearest] = get_close_matches(name.upper(), sorted(known), n=1, cutoff=0)
            raise ValueError(f"{name} is no setting of the service; is {nearest} meant?")


def _variable(name: str) -> str:
    return f"{_PREFIX}{name.upper()}"


def described() -> str:
    """Return all settings as text: each variable with its default, and below it what it is for."""
    rows = [
        f"{_variable(name)}={_default(field)}\n    {field.description}"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join([*rows, f"{_FOLDER}=\n    A folder with secrets, mounted as files."])


def _default(field: FieldInfo) -> str:
    """Return the default as the environment would say it; one that is made up says nothing."""
    default = "" if field.default_factory else field.default
    return f"{default:g}" if isinstance(default, float) else str(default or "")


def _secrets_folder() -> Path | None:
    name = os.environ.get(_FOLDER)
    folder = Path(name) if name else None
    if folder and not folder.is_dir():
        raise ValueError(f"{_FOLDER} names a folder that is not there")
    return folder
