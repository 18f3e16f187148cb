"""A refusal, as the client reads it."""

import json

from labkit.service.refusals import Refused, draining, unauthorized


def test_the_client_reads_the_sentence_and_the_headers() -> None:
    response = Refused(429, "rate", "Too many.", {"Retry-After": "3"}).response()
    assert response.status_code == 429
    assert json.loads(response.body) == {"detail": "Too many."}
    assert response.headers["retry-after"] == "3"


def test_it_says_what_it_is_where_it_is_not_caught() -> None:
    assert str(Refused(503, "redis", "Gone.")) == "503 redis: Gone."


def test_who_is_not_known_is_told_how_to_be() -> None:
    assert unauthorized("Who?").response().headers["www-authenticate"] == "Bearer"


def test_a_service_that_ends_says_when_to_come_back_by_a_new_connection() -> None:
    headers = draining().response().headers
    assert (headers["retry-after"], headers["connection"]) == ("2", "close")
