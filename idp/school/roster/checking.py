"""The checks that every reader shares, and the one place where a roster comes into being."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from idp.kernel.words import msgid
from idp.school import addresses, years
from idp.school.addresses import Address
from idp.school.roster.values import (
    PROBLEM_LIMIT,
    Gone,
    GroupEntry,
    Problem,
    PupilEntry,
    Reading,
    Roster,
    SchoolEntry,
    StaffEntry,
)

MAX_ROWS = 20_000
"""Of one sheet. In OneRoster a pupil has several rows."""

MAX_PUPILS = 3_000
"""Half as many again as the largest primary school of the country: read, compared and carried out in two seconds."""

LONGEST = {"key": 100, "first_name": 100, "family_name": 200, "group": 100, "eck_id": 256, "school": 200, "brin": 40}
"""Characters, as wide as the columns of the tables."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet calculate instead of show (OWASP, CSV Injection)."""

_SHOWN = frozenset({"first_name", "family_name", "group", "school"})
"""What people see in lists and exports; a key is what a program made up."""

FORMULA_REFUSED = msgid("Hier staat een formule: de inhoud begint met een teken als = of +. Haal dat teken weg.")

_TURNS_TEXT_AROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufffd")
_YEAR_IN_NAME = re.compile(r"(?<!\d)[1-8](?!\d)")


def year_in(name: str) -> int | None:
    """The year that a group's name tells ("4A", "Groep 5/6": the lowest); None = none."""
    found = [int(digit) for digit in _YEAR_IN_NAME.findall(name)]
    return min(found) if found else None


def commonest(years: Iterable[int | None]) -> int | None:
    """The year that most pupils of a group are in, the lowest of equals; None when nobody's is known."""
    counted = Counter(year for year in years if year is not None)
    return min(counted, key=lambda year: (-counted[year], year)) if counted else None


@dataclass(slots=True)
class Draft:
    """A roster in the making: what was read, what is wrong, what was left out.

    `cells_checked`: the sheet looked for formulas already, in the cells as they were written.
    """

    source: str
    cells_checked: bool = False
    problems: list[Problem] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)
    groups: dict[str, GroupEntry] = field(default_factory=dict)
    pupils: dict[str, PupilEntry] = field(default_factory=dict)
    staff: dict[str, StaffEntry] = field(default_factory=dict)
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)

    def refuse(self, line: int, where: str, message: str, **values: str) -> None:
        """Something is wrong, and the file is not taken. Of one place, what was found first is told."""
        told = line > 0 and any(known.line == line and known.field == where for known in self.problems)
        if len(self.problems) < PROBLEM_LIMIT and not told:
            self.problems.append(Problem(line, where, message, values))

    def leave_out(self, line: int, where: str, message: str, **values: str) -> None:
        """Something is not taken over; the rest of the file is."""
        if len(self.notices) < PROBLEM_LIMIT:
            self.notices.append(Problem(line, where, message, values))

    def text(self, kind: str, line: int, where: str, value: str | None, *, required: bool = False) -> str | None:
        """A value as it is kept: composed, without white space around it; None = nothing there, or refused.

        A dash alone is how many people write "nothing". `kind` stands in LONGEST.
        """
        kept = " ".join(unicodedata.normalize("NFC", value or "").split(" ")).strip()
        if kept in ("", "-"):
            if required:
                self.refuse(line, where, msgid("Hier moet iets staan."))
            return None
        if len(kept) > LONGEST[kind]:
            self.refuse(line, where, msgid("Dit is te lang: hoogstens %(longest)s tekens."), longest=str(LONGEST[kind]))
            return None
        if not self.cells_checked and kind in _SHOWN and kept.startswith(FORMULA):
            self.refuse(line, where, FORMULA_REFUSED)
            return None
        if any(unicodedata.category(letter) in ("Cc", "Cs") or letter in _TURNS_TEXT_AROUND for letter in kept):
            self.refuse(line, where, msgid("Hier staat een teken dat niet te lezen is."))
            return None
        return kept

    def key(self, of: str, line: int, where: str, value: str | None) -> str | None:
        """A key that was not there before; None = refused. `of`: whose ("pupil", "group", "staff")."""
        key = self.text("key", line, where, value, required=True)
        return key if key is None or self.first_time(of, line, where, key) else None

    def first_time(self, of: str, line: int, where: str, value: str, told: str | None = None) -> bool:
        """Is this value new among its kind? Refused when it is not; `told` stands for it in the sentence."""
        before = self._seen.get((of, value))
        if before is None:
            self._seen[of, value] = line
            return True
        sentence = msgid("Dit staat er twee keer: %(value)s stond al op regel %(before)s.")
        self.refuse(line, where, sentence, value=told or value, before=str(before))
        return False

    def eck_id(self, line: int, where: str, value: str | None) -> str | None:
        """An ECK iD; two people never have the same."""
        eck_id = self.text("eck_id", line, where, value)
        if eck_id is None or not self.first_time("eck_id", line, where, eck_id, told="ECK iD"):
            return None
        return eck_id

    def year(self, line: int, where: str, value: str | None) -> int | None:
        """One of `years.YEARS`, or nothing."""
        if (value or "").strip() in ("", "-"):
            return None
        year = years.read(value or "")
        if year is None:
            self.refuse(line, where, msgid("Een jaargroep is een cijfer van 1 tot en met 8, of S."))
        return year

    def address(self, line: int, where: str, value: str | None) -> Address | None:
        """The address of a member of staff; without one there is no account, and the rest of the file still counts."""
        if not (value or "").strip():
            return None
        checked = addresses.check(value or "")
        if isinstance(checked, Address) and ("address", checked.key) not in self._seen:
            self._seen["address", checked.key] = line
            return checked
        if isinstance(checked, Address):
            self.leave_out(line, where, msgid("Dit e-mailadres staat ook bij een collega. Het telt alleen daar."))
        else:
            self.leave_out(line, where, msgid("Dit is geen geldig e-mailadres. Het is niet overgenomen."))
        return None

    def roster(
        self, school: SchoolEntry, covers: Iterable[str], *, delta: bool = False, gone: Gone | None = None
    ) -> Reading:
        """The roster, or every problem of the file. An empty list of groups or staff covers nothing."""
        if not self.pupils and not delta and not self.problems:
            self.refuse(0, "", msgid("In dit bestand staan geen leerlingen."))
        if len(self.pupils) > MAX_PUPILS:
            self.refuse(
                0, "", msgid("In dit bestand staan te veel leerlingen: hoogstens %(most)s."), most=str(MAX_PUPILS)
            )
        if self.problems:
            return sorted(self.problems, key=lambda problem: problem.line)
        return Roster(
            source=self.source,
            school=school,
            groups=tuple(self.groups.values()),
            pupils=tuple(self.pupils.values()),
            staff=tuple(self.staff.values()),
            covers=frozenset(covers) & {name for name in ("groups", "staff") if getattr(self, name)},
            delta=delta,
            gone=gone or Gone(),
            notices=tuple(self.notices),
        )
