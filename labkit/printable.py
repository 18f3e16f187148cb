"""Model text for a terminal: the text stays, the commands in it do not."""


def printable(text: str) -> str:
    r"""Return model text that is safe to print on a terminal.

    Newline and tab stay. Every other control character becomes "�":
    U+0000 to U+001F, U+007F to U+009F, and, as they turn the direction
    of writing, U+202A to U+202E and U+2066 to U+2069.
    Example: printable("\x1b[2JHi\n") is "�[2JHi\n".
    """
    control = {*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), ord("\t")}
    turning = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
    return text.translate(dict.fromkeys(control | turning, "�"))
