"""The table of faults and policies."""

from labkit.taps import Heard
from labkit.trial_table import TrialTable, marked
from labkit.trials import Trial

WHOLE = Trial("Hello", "complete", (Heard("Hello", "stop", False),), 1.0)
CUT = Trial("Hel", "complete", (Heard("Hel", None, False),), 1.0)


def test_a_mark_tells_good_from_bad() -> None:
    assert marked(WHOLE) == "✓ complete"
    assert marked(CUT) == "✗ showed a cut answer as whole"


def test_a_policy_that_has_no_trial_has_a_dash() -> None:
    table = TrialTable({"": {"a": WHOLE, "b": WHOLE}, "cut_after=3": {"b": CUT}})
    assert repr(table).splitlines()[1:] == [
        "none         ✓ complete  ✓ complete",
        "cut_after=3  –           ✗ showed a cut answer as whole",
    ]
    assert table["cut_after=3"] == {"b": CUT}


def test_the_page_has_heads_and_no_colours() -> None:
    page = TrialTable({"<a>": {"b & c": WHOLE}})._repr_html_()
    assert page == (
        '<table><thead><tr><th scope="col">fault</th><th scope="col">b &amp; c</th></tr></thead>'
        '<tbody><tr><th scope="row"><code>&lt;a&gt;</code></th><td>✓ complete</td></tr></tbody>'
        "</table>"
    )
