"""The table of faults and policies."""

from labkit.trials import Trial
from labkit.trials.table import TrialTable, marked
from labkit.trials.tap import Heard

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


def test_the_page_names_its_columns_and_rows() -> None:
    page = TrialTable({"<a>": {"b & c": WHOLE}})._repr_html_()
    left = 'style="text-align: left"'
    assert f'<th scope="col" {left}>b &amp; c</th></tr></thead>' in page
    assert f'<th scope="row" {left}>&lt;a&gt;</th><td {left}>✓ complete</td>' in page
