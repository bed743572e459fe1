"""What each line would do, said before anything is done."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from idp.kernel.words import msgid
from idp.school import addresses, slots
from idp.school.addresses import Address, AddressProblem
from idp.school.bulk.matching import Candidate, Register, Unclear
from idp.school.bulk.reading import Line
from idp.school.home_login import Wish
from idp.school.models import Pupil
from idp.school.roster.checking import FORMULA, FORMULA_REFUSED
from idp.school.slots import POSITIONS

Wishes = Mapping[str, Mapping[int, Wish]]
"""Pupil -> position -> what is to stand there, and what stood there when it was looked at."""

NOBODY = msgid("Er staat geen naam of leerlingnummer op deze regel.")
NO_ADDRESS = msgid("Er staat geen e-mailadres op deze regel.")
UNKNOWN = msgid("Deze naam of dit nummer is niet van een leerling van deze groep.")
SEVERAL = msgid("Meer leerlingen heten zo. Schrijf de achternaam erbij.")
THIRD = msgid("Een leerling heeft plaats voor twee e-mailadressen. Dit is een derde.")


@dataclass(frozen=True, slots=True)
class Act:
    """What happens to one address: "filled" in an empty place, "changed" (in the place of `instead_of`), or "there"
    already.
    """

    what: str
    address: str
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A line: whose it is and what it does, or what is wrong with it (then it does nothing). `candidates`: names."""

    line: Line
    pupil: Candidate | None = None
    acts: Sequence[Act] = ()
    problem: AddressProblem | None = None
    candidates: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """Every line, and what they come to."""

    lines: Sequence[Checked]
    wishes: Wishes

    @property
    def problems(self) -> Sequence[Checked]:
        """The lines with which something is wrong."""
        return [checked for checked in self.lines if checked.problem]

    def count(self, what: str) -> int:
        """How many addresses are "filled", "changed" or "there"."""
        return sum(act.what == what for checked in self.lines for act in checked.acts)


@dataclass(slots=True)
class _Places:
    """One pupil's slots as they stand, and as the lines make them."""

    stood: Mapping[int, Address]
    now: dict[int, Address]
    named: set[str] = field(default_factory=set)  # keys of the addresses that any line has for this pupil

    def put(self, address: Address) -> Act | AddressProblem:
        if any(address.key == other.key for other in self.now.values()):
            return Act("there", address.written)
        free = [position for position in POSITIONS if position not in self.now]
        old = [at for at, there in self.stood.items() if self.now.get(at) == there and there.key not in self.named]
        if not free and not old:
            return AddressProblem(THIRD, {})
        position = (free or sorted(old))[0]
        self.now[position] = address
        return Act("filled", address.written) if free else Act("changed", address.written, self.stood[position].written)

    def wishes(self) -> dict[int, Wish]:
        """The places that change."""
        return {
            position: Wish(address.written, self.stood[position].written if position in self.stood else "")
            for position, address in self.now.items()
            if self.stood.get(position) != address
        }


def check(db: Connection, group_id: str, lines: Iterable[Line]) -> Preview:
    """Look every line up in this group; two statements, and nothing is written.

    An address goes to an empty place; it takes the place of another only where both are taken, and never of one that
    another line has.
    """
    pupils = _pupils(db, group_id)
    register, places = Register(pupils), _places(db, pupils)
    read = [_read(register, line) for line in lines]
    for checked, found in read:
        if checked.pupil is not None:
            places[checked.pupil.id].named.update(address.key for address in found)
    done = [_placed(checked, found, places) for checked, found in read]
    wishes = {pupil_id: wished for pupil_id, theirs in places.items() if (wished := theirs.wishes())}
    return Preview(done, wishes)


def _pupils(db: Connection, group_id: str) -> Sequence[Candidate]:
    columns = (Pupil.id, Pupil.first_name, Pupil.family_name, Pupil.roster_key)
    rows = db.execute(select(*columns).where(Pupil.group_id == group_id, Pupil.left_at.is_(None)).order_by(Pupil.id))
    return [Candidate(*row) for row in rows]


def _places(db: Connection, pupils: Iterable[Candidate]) -> Mapping[str, _Places]:
    standing: dict[str, dict[int, Address]] = defaultdict(dict)
    ids = [pupil.id for pupil in pupils]
    for slot in slots.of_pupils(db, ids):
        standing[slot.pupil_id][slot.position] = Address(slot.address, addresses.key_for_lookup(slot.address))
    return {pupil_id: _Places(standing[pupil_id], dict(standing[pupil_id])) for pupil_id in ids}


def _read(register: Register, line: Line) -> tuple[Checked, Sequence[Address]]:
    """The line with its pupil and its addresses, or with the first thing that is wrong with it."""
    if any(cell.startswith(FORMULA) for cell in (*line.who, *line.addresses)):
        return _wrong(line, FORMULA_REFUSED), ()
    if not line.who:
        return _wrong(line, NOBODY), ()
    found = register.find(line.who)
    if isinstance(found, Unclear):
        return _wrong(line, SEVERAL if found.several else UNKNOWN, [one.name for one in found.candidates]), ()
    if not line.addresses:
        return Checked(line, found, problem=AddressProblem(NO_ADDRESS, {})), ()
    checked = [addresses.check(text) for text in line.addresses]
    for address in checked:
        if isinstance(address, AddressProblem):
            return Checked(line, found, problem=address), ()
    return Checked(line, found), [address for address in checked if isinstance(address, Address)]


def _wrong(line: Line, message: str, candidates: Sequence[str] = ()) -> Checked:
    return Checked(line, problem=AddressProblem(message, {}), candidates=candidates)


def _placed(checked: Checked, found: Sequence[Address], places: Mapping[str, _Places]) -> Checked:
    """The line with what it does; a line of which one address has no place does nothing."""
    if checked.pupil is None or checked.problem is not None:
        return checked
    theirs = places[checked.pupil.id]
    before, acts = dict(theirs.now), []
    for address in found:
        act = theirs.put(address)
        if isinstance(act, AddressProblem):
            theirs.now = before
            return Checked(checked.line, checked.pupil, problem=act)
        acts.append(act)
    return Checked(checked.line, checked.pupil, acts)
