"""Whom a line is about: a number of the school administration, a first name, or a name in any order."""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idp.school.names import sort_key

_SUGGESTIONS, _ALIKE = 50, 0.7
"""How many unknown names get suggestions (looking for them takes time), and how alike those are (0 to 1)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pupil of the group."""

    id: str
    first_name: str
    family_name: str
    roster_key: str | None

    @property
    def name(self) -> str:
        """As it stands in a list."""
        return f"{self.first_name} {self.family_name}"


@dataclass(frozen=True, slots=True)
class Unclear:
    """No pupil, or more than one: those who may be meant. `several`: each of them is called this."""

    several: bool
    candidates: Sequence[Candidate]


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name as they are compared: no marks, no upper case, no dots and hyphens."""
    return tuple(word for word in re.split(r"[^\w]+", sort_key(text)) if word)


class Register:
    """The pupils of one group, to be found by what teachers write."""

    def __init__(self, pupils: Iterable[Candidate]) -> None:
        listed = list(pupils)
        self._by_key: dict[str, list[Candidate]] = defaultdict(list)
        self._by_name: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
        self._by_first: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
        for pupil in listed:
            if pupil.roster_key:
                self._by_key[pupil.roster_key.casefold()].append(pupil)
            self._by_name[tuple(sorted(words_of(pupil.name)))].append(pupil)
            self._by_first[words_of(pupil.first_name)].append(pupil)
        self._words = [(pupil, words_of(pupil.first_name), words_of(pupil.family_name)) for pupil in listed]
        self._suggested: dict[tuple[str, ...], Sequence[Candidate]] = {}

    def find(self, who: Sequence[str]) -> Candidate | Unclear:
        """The pupil that these cells (number or names) are about."""
        for cell in who:
            if len(found := self._by_key.get(cell.casefold(), [])) == 1:
                return found[0]
        words = words_of(" ".join(who))
        # A whole name goes before a first name: "Jan Jan" is not every Jan.
        for pupils in (self._by_name.get(tuple(sorted(words))), self._by_first.get(words), self._shortened(words)):
            if pupils:
                return pupils[0] if len(pupils) == 1 else Unclear(True, pupils)
        return Unclear(False, self._suggest(words))

    def _shortened(self, words: tuple[str, ...]) -> Sequence[Candidate]:
        """ "Emma B." and "Emma v d B": the first name, and beginnings of the words of the family name."""
        return [pupil for pupil, first, family in self._words if _shortens(words, first, family)]

    def _suggest(self, words: tuple[str, ...]) -> Sequence[Candidate]:
        if words not in self._suggested:
            if len(self._suggested) >= _SUGGESTIONS or not words:
                return []
            written = " ".join(words)
            scored = ((_likeness(written, first, family), pupil) for pupil, first, family in self._words)
            near = sorted((pair for pair in scored if pair[0] >= _ALIKE), key=lambda pair: (-pair[0], pair[1].id))
            self._suggested[words] = [pupil for _score, pupil in near[:3]]
        return self._suggested[words]


def _shortens(words: tuple[str, ...], first: tuple[str, ...], family: tuple[str, ...]) -> bool:
    rest = words[len(first) :]
    if words[: len(first)] != first or not rest:
        return False
    places = iter(family)
    return all(any(word.startswith(begin) for word in places) for begin in rest)


def _likeness(written: str, first: tuple[str, ...], family: tuple[str, ...]) -> float:
    names = (" ".join((*first, *family)), " ".join(first))
    return max(difflib.SequenceMatcher(None, written, name).ratio() for name in names)
