"""The bearer tokens of the clients."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.service.tokens import Tokens, hash_of, new_token

HASH = "a" * 64
names = st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True).filter(lambda n: "lks_" not in n)
secret = st.text(st.characters(exclude_categories=()))


def test_a_new_token_says_what_it_is_and_holds_256_random_bits() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(token.startswith("lks_") and len(token) == len("lks_") + 43 for token in tokens)


def test_the_hash_is_the_one_that_other_tools_compute() -> None:
    assert hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@settings(deadline=None)
@given(st.dictionaries(names, secret, min_size=1), secret)
def test_each_token_is_its_client_and_any_other_is_nobody(
    clients: dict[str, str], other: str
) -> None:
    clients = {name: token for token, name in {v: k for k, v in clients.items()}.items()}
    tokens = Tokens.parse(",".join(f"{n}:{hash_of(t)}" for n, t in clients.items()))
    assert {name: tokens.client_of(token) for name, token in clients.items()} == {
        name: name for name in clients
    }
    assert tokens.client_of(other) in {name for name, t in clients.items() if t == other} | {None}


def test_the_hash_is_no_token() -> None:
    assert Tokens.parse(f"shop:{hash_of('x')}").client_of(hash_of("x")) is None


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_no_entry_is_no_client(text: str) -> None:
    assert not Tokens.parse(text)
    assert Tokens.parse(text).client_of("") is None


def test_a_mounted_file_may_end_in_a_newline_and_have_spaces_after_commas() -> None:
    tokens = Tokens.parse(f"shop:{hash_of('x').upper()}, app:{hash_of('y')}\n")
    assert (tokens.client_of("x"), tokens.client_of("y"), bool(tokens)) == ("shop", "app", True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"shop:{HASH},", "Entry 2 of the API tokens has no colon"),
        (HASH, "Entry 1 of the API tokens has no colon"),
        (f"a b:{HASH}", "needs a name"),
        (f":{HASH}", "needs a name"),
        (f"{'n' * 65}:{HASH}", "needs a name"),
        ("shop:abc", "needs 64 hex digits"),
        (f"shop:{'g' * 64}", "needs 64 hex digits"),
        (f"shop:{HASH}:{HASH}", "needs 64 hex digits"),
        (f"shop:{HASH},shop:{'b' * 64}", "Entry 2 of the API tokens repeats a name"),
        (f"shop:{HASH},app:{HASH.upper()}", "Entry 2 of the API tokens repeats"),
    ],
)
def test_a_wrong_entry_is_told_by_its_number(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Tokens.parse(text)


@pytest.mark.parametrize("entry", ["shop:{}", "{}:{}", "{}", "shop:{}:" + HASH])
def test_a_pasted_token_is_never_repeated(entry: str) -> None:
    token = new_token()
    with pytest.raises(ValueError, match="API tokens") as caught:
        Tokens.parse(entry.format(token, token))
    assert token not in str(caught.value)
    assert token.removeprefix("lks_") not in str(caught.value)


def test_a_pasted_token_gets_a_hint() -> None:
    with pytest.raises(ValueError, match="holds a token itself; put its hash there"):
        Tokens.parse(f"shop:{new_token()}")
