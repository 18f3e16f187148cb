"""The exercise of notebook 09 on tickets: signed, short-lived, used once."""

# Learners see the solution as it stands here, without a word for the type checker.
# mypy: disable-error-code="no-any-return"

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from labkit.exercises.exercise import Case, Exercise, Judge, rule
from labkit.exercises.nb09.watched_ids import WatchedIds
from labkit.exercises.outcome import Outcome, shown, told


def use_ticket(ticket: str, key: bytes, now_s: float, spent: set[str]) -> str:
    """Return the client of a ticket, which is spent from now on.

    A ticket is the text PAYLOAD.SIGNATURE. PAYLOAD is the
    base64.urlsafe_b64encode of JSON, {"client": "ada", "id": "t7",
    "expires_s": 1000}. SIGNATURE is the base64.urlsafe_b64encode of the
    digest of the HMAC-SHA256, with `key`, of PAYLOAD as it stands.

    Raise a PermissionError with the word "signature" if the signature
    does not fit, whatever the text is; hmac.compare_digest compares,
    and nothing is parsed before it fits. Raise one with "expired" if it
    is expires_s or later, one with "spent" if the id is in the set
    `spent`. Only the id of a ticket that you accept goes into `spent`.
    Example: use_ticket(ticket, key, 999, spent) gives "ada", and spent
    has "t7"; the second time it raises PermissionError("spent").
    """
    try:
        payload, _, signature = ticket.encode("ascii").rpartition(b".")
        code = hmac.new(key, payload, hashlib.sha256)
        ours = base64.urlsafe_b64encode(code.digest())
    except ValueError:
        raise PermissionError("signature: a ticket is ASCII") from None
    if not hmac.compare_digest(ours, signature):
        raise PermissionError("signature: it is not ours")
    said = json.loads(base64.urlsafe_b64decode(payload))
    if now_s >= said["expires_s"]:
        raise PermissionError("expired")
    if said["id"] in spent:
        raise PermissionError("spent")
    spent.add(said["id"])
    return said["client"]


_WORDS = {"signature", "expired", "spent"}
_KEY, _OTHER_KEY = b"a key of the service, 32 bytes..", b"a key of somebody else, 32 bytes"
_CLAIM = {"client": "ada", "id": "t7", "expires_s": 1000}
_LINKED = {"client": "a>>>b???c", "id": "t8", "expires_s": 1000}  # has "-" and "_" in base64url
Damage = Callable[[str], str]


def _encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode()


def signed(claim: Any, key: bytes = _KEY) -> str:
    """Return the ticket of `claim`, signed with `key`."""
    payload = _encoded(json.dumps(claim).encode())
    return f"{payload}.{_encoded(hmac.new(key, payload.encode(), hashlib.sha256).digest())}"


def _as_bob(ticket: str) -> str:
    """Put another client in, under the old signature."""
    payload, _, signature = ticket.partition(".")
    said = json.loads(base64.urlsafe_b64decode(payload))
    return f"{_encoded(json.dumps({**said, 'client': 'bob'}).encode())}.{signature}"


def _accepts(client: str, *spent: str) -> Judge:
    """Want the client returned, and if there are ids, just these in `spent`."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not outcome.returned or outcome.value != client:
            return told(outcome)
        return _left(arguments, set(spent)) if spent else ""

    return judge


def _refuses(word: str) -> Judge:
    """Want a PermissionError with this word, and with neither of the others."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        if not isinstance(outcome.error, PermissionError):
            return told(outcome)
        said = str(outcome.error).lower()
        right = word in said and not any(other in said for other in _WORDS - {word})
        return "" if right else told(outcome)

    return judge


def _refuses_unread() -> Judge:
    """Want "signature", and the payload not parsed."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        wrong = _refuses("signature")(outcome, arguments)
        parsed = "parsed the JSON of a ticket that is not ours." if arguments[3].parsed else ""
        return wrong or parsed

    return judge


def _spends_nothing(word: str, *spent: str) -> Judge:
    """Want a PermissionError with this word, and `spent` as it was."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        return _refuses(word)(outcome, arguments) or _left(arguments, set(spent))

    return judge


def _compares() -> Judge:
    """Want `compare_digest` called."""

    def judge(outcome: Outcome, arguments: tuple[Any, ...]) -> str:
        return "" if arguments[3].compared else "did not call `hmac.compare_digest`."

    return judge


def _left(arguments: tuple[Any, ...], wanted: set[str]) -> str:
    spent = arguments[3]
    return "" if spent == wanted else f"left `spent` as {shown(sorted(spent, key=str) or set())}."


def _given(
    judge: Judge,
    claim: dict[str, Any] = _CLAIM,
    now_s: float = 999,
    spent: tuple[str, ...] = (),
    forged: str = "",
    damage: Damage = str,
) -> Case:
    given = f"the ticket of {json.dumps(claim)}{forged}, now_s {now_s:g} and spent "
    given += str(set(spent) or "set()")
    ticket = damage(signed(claim))
    return Case(given, lambda: (ticket, _KEY, now_s, WatchedIds(spent)), judge)


def _forged(judge: Judge, claim: dict[str, Any] = _CLAIM, **more: Any) -> Case:
    """Return the case of a ticket that somebody else has signed."""
    return _given(
        judge,
        claim,
        forged=", signed with another key",
        damage=lambda _: signed(claim, _OTHER_KEY),
        **more,
    )


def _text(ticket: str) -> Case:
    """Return the case of a text that is no ticket."""
    return Case(
        f"the ticket {ticket!a}, now_s 999 and spent set()",
        lambda: (ticket, _KEY, 999, WatchedIds()),
        _refuses("signature"),
    )


USE_TICKET = Exercise(
    key="09.use_ticket",
    title="A ticket for one stream",
    solution=use_ticket,
    rules=(
        rule(
            "Return the client of a ticket that is ours, in time and not spent. (Signed is the "
            "payload as it stands, and encoded the digest, not its hex.)",
            _given(_accepts("ada")),
            _given(_accepts("a>>>b???c"), _LINKED, spent=("t7",)),
        ),
        rule(
            "Its id goes into `spent`, the very set of the caller, even if that is empty.",
            _given(_accepts("ada", "t7")),
            _given(_accepts("ada", "t3", "t7"), spent=("t3",)),
        ),
        rule(
            "Who comes a second time gets the PermissionError “spent”.",
            _given(_refuses("spent"), spent=("t7",)),
        ),
        rule(
            "From expires_s on, to the second, a ticket is “expired”.",
            _given(_refuses("expired"), now_s=1500),
            _given(_refuses("expired"), now_s=1000),
            _given(_accepts("ada"), now_s=999.99),
        ),
        rule(
            "If the signature, as it stands, does not fit to the payload, raise PermissionError "
            "“signature”.",
            _given(_refuses("signature"), forged=", changed to client bob", damage=_as_bob),
            _forged(_refuses("signature")),
            _given(_refuses("signature"), forged=", its signature cut", damage=lambda t: t[:-8]),
            _given(
                _refuses("signature"),
                forged=", without its signature",
                damage=lambda t: t.partition(".")[0] + ".",
            ),
            _given(
                _refuses("signature"),
                forged=", its signature followed by !!",
                damage=lambda t: t + "!!",
            ),
        ),
        rule(
            "So it is with any other text: strangers send what they like, and it is no bug.",
            _text(""),
            _text("ticket"),
            _text("a.b.c"),
            _text("e30.!"),
            _text("e30=.Zoë"),
            _text("Zoë.e30="),
            _text("\ud800.e30="),
        ),
        rule(
            "The signature comes first: what a forged ticket says is not even parsed.",
            _forged(_refuses_unread(), now_s=1500),
            _forged(_refuses_unread(), spent=("t7",)),
            _forged(_refuses_unread()),
        ),
        rule(
            "What is refused is not spent: a forged or expired ticket adds nothing.",
            _given(_spends_nothing("expired", "t3"), now_s=1500, spent=("t3",)),
            _forged(_spends_nothing("signature", "t3"), spent=("t3",)),
        ),
        rule(
            "Compare with hmac.compare_digest: `==` is faster the earlier two texts differ, and "
            "that can be measured.",
            _given(_compares()),
            _forged(_compares()),
        ),
    ),
    hints=(
        "Four steps, in this order: sign the first part yourself and compare, parse it, look at "
        "the time, look into `spent`. Only after all of them comes `spent.add(…)`.",
        "`hmac.new(key, payload, hashlib.sha256).digest()` takes the payload as bytes, as it "
        "stands in the ticket. `hmac.compare_digest` raises a TypeError for str with an “ë”, and "
        'so compare bytes: `ticket.encode()`, and `rpartition(b".")` even if no dot is there.',
        "Encode your own signature with base64.urlsafe_b64encode and compare it with the text that "
        "came: then nothing of a stranger is ever decoded. What `encode` raises for odd characters "
        "is a ValueError. After the comparison, `json.loads(base64.urlsafe_b64decode(payload))`.",
    ),
)
