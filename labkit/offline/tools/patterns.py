"""An example string for a regular expression."""

import re

_SHORTHANDS = {"d": "0123456789", "w": "abcdefghij", "s": " "}
_LITERALS = {"n": "\n", "t": "\t", "r": "\r"}


def example(pattern: str, nth: int = 0) -> str | None:
    """Return a string that `pattern` finds, varied by `nth`; None where we know of none.

    Literals, classes, groups, alternatives, quantifiers and anchors are understood
    (ECMA-262, section 22.2.1); look-around and back-references are not.
    """
    try:
        found = _Maker(pattern, nth).alternatives()
        return found if re.search(pattern, found) else None
    except (IndexError, ValueError, re.error):
        return None


class _Maker:
    """A recursive descent over a pattern that writes one match as it goes."""

    def __init__(self, pattern: str, nth: int) -> None:
        self.pattern, self.nth, self.at = pattern, nth, 0

    def alternatives(self) -> str:
        options = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            options.append(self.sequence())
        return options[self.nth % len(options)]

    def sequence(self) -> str:
        made = ""
        while self.peek() not in ("", "|", ")"):
            made += self.repeated()
        return made

    def repeated(self) -> str:
        start = self.at
        piece = self.piece()
        end = self.at
        low, high = self.quantifier()
        count = low if low or not high else 1
        if count < 2 or count > 2000:
            return piece * min(count, 2000)
        # Each repetition is made anew, so that digits vary: 123, not 111.
        return "".join(self.again(start, end, turn) for turn in range(count))

    def again(self, start: int, end: int, turn: int) -> str:
        return _Maker(self.pattern[start:end], self.nth + turn + 1).piece()

    def piece(self) -> str:
        char = self.pattern[self.at]
        self.at += 1
        if char in "^$":
            return ""
        if char == "(":
            return self.group()
        if char == "[":
            return self.choose(self.charset())
        if char == "\\":
            return self.choose(self.escape())
        return self.choose("abcdefgh") if char == "." else char

    def group(self) -> str:
        if self.peek() == "?":
            opening = re.compile(r"\?(?::|P?<\w+>)").match(self.pattern, self.at)
            if not opening:
                raise ValueError("a group we cannot write an example for")
            self.at = opening.end()
        made = self.alternatives()
        self.at += 1
        return made

    def charset(self) -> str:
        negated = self.peek() == "^"
        self.at += negated
        chars = ""
        while self.peek() != "]" or not chars:
            chars += self.member()
        self.at += 1
        if not negated:
            return chars
        return "".join(c for c in "abcdefghijXYZ0123456789 -_" if c not in chars)

    def member(self) -> str:
        char = self.pattern[self.at]
        self.at += 1
        if char == "\\":
            return self.escape()
        if self.peek() == "-" and self.pattern[self.at + 1] != "]":
            last = self.pattern[self.at + 1]
            self.at += 2
            return "".join(map(chr, range(ord(char), ord(last) + 1)))
        return char

    def escape(self) -> str:
        char = self.pattern[self.at]
        self.at += 1
        if char in "bB":
            return ""
        if char.isdigit():
            raise ValueError("a back-reference")
        other = {"D": "abc", "S": "abc", "W": "-"}
        return _SHORTHANDS.get(char) or other.get(char) or _LITERALS.get(char, char)

    def choose(self, chars: str) -> str:
        return chars[self.nth % len(chars)] if chars else ""

    def quantifier(self) -> tuple[int, int]:
        found = re.compile(r"([*+?]|\{(\d+)(,(\d*))?\})\??").match(self.pattern, self.at)
        if not found:
            return 1, 1
        self.at = found.end()
        if found[1] in ("*", "+", "?"):
            return {"*": (0, 2), "+": (1, 2), "?": (0, 0)}[found[1]]
        return int(found[2]), int(found[4] or found[2])

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]
