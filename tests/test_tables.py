"""A table as plain text and as HTML."""

from labkit.tables import Table

TABLE = Table("2 <b>", ("name", "state"), (("a & b", "✓"), ("c", "")))


def test_plain_text_has_columns_and_no_space_at_the_end() -> None:
    assert repr(TABLE).splitlines() == ["2 <b>", "name   state", "a & b  ✓", "c"]
    assert repr(Table("", ("name",), ())) == "name"


def test_every_cell_is_escaped_and_aligned_to_the_left() -> None:
    left = 'style="text-align: left"'
    assert TABLE._repr_html_() == (
        "<table><caption>2 &lt;b&gt;</caption><thead><tr>"
        f'<th scope="col" {left}>name</th><th scope="col" {left}>state</th></tr></thead><tbody>'
        f"<tr><td {left}>a &amp; b</td><td {left}>✓</td></tr>"
        f"<tr><td {left}>c</td><td {left}></td></tr></tbody></table>"
    )


def test_the_first_cell_of_a_named_row_is_its_head() -> None:
    page = Table("", ("fault",), (("<cut>", "x"),), named_rows=True)._repr_html_()
    assert "caption" not in page
    assert '<tr><th scope="row" style="text-align: left">&lt;cut&gt;</th><td' in page
