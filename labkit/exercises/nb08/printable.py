"""The exercise of notebook 08 on model text in a terminal: the text stays, the commands do not."""

from labkit.exercises.cases import values
from labkit.exercises.exercise import Exercise, rule
from labkit.exercises.judges import returns
from labkit.printable import printable

PRINTABLE = Exercise(
    key="08.printable",
    title="Text, not commands",
    solution=printable,
    rules=(
        rule(
            "Plain text stays as it is, in every script; so do newline and tab.",
            values(returns("Zelte: 3 °C, 帐篷 ⛺\n\t- dry"), "Zelte: 3 °C, 帐篷 ⛺\n\t- dry"),
            values(returns("a\xa0b ~ \u2028\u2065\u206a!"), "a\xa0b ~ \u2028\u2065\u206a!"),
            values(returns(""), ""),
        ),
        rule(
            "ESC begins a command for the terminal: clear the screen, change the title, a link.",
            values(returns("�[2JHi�[0m"), "\x1b[2JHi\x1b[0m"),
        ),
        rule(
            "A carriage return or a backspace writes over what stands there. Replace them.",
            values(returns("Price: 900�Price: 9"), "Price: 900\rPrice: 9"),
            values(returns("one�\ntwo"), "one\r\ntwo"),
            values(returns("900�1"), "900\b1"),
        ),
        rule(
            "So are the others below U+0020, and U+007F: bell, null, form feed …",
            values(returns("�a�b�c�"), "\x00a\x07b\x0bc\x0c"),
            values(returns("�d�e�"), "\x01d\x1fe\x7f"),
        ),
        rule(
            "U+0080 to U+009F are control characters, too: U+009B does what ESC [ does.",
            values(returns("�2J�a�"), "\x9b2J\x80a\x9f"),
        ),
        rule(
            "What turns the direction lets a text read otherwise than it is.",
            values(returns("photo�gpj.exe"), "photo\u202egpj.exe"),
            values(returns("�a�b�c�"), "\u202aa\u202db\u2066c\u2069"),
        ),
        rule(
            "One “�” for each character, so that nothing seems to be missing.",
            values(returns("����"), "\x1b\x1b\x07\u202e"),
        ),
    ),
    hints=(
        "Go through the text character by character. `ord(character)` is its number.",
        'Four ranges of numbers, without those of "\\n" and "\\t". The last number of a `range` is '
        "not in it.",
        '`text.translate(table)` replaces them all, and `dict.fromkeys(numbers, "�")` is such a '
        "table.",
    ),
)
