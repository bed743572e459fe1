"""The people of the demo. All of them are made up; so are their addresses, which cannot exist (RFC 2606)."""

from dataclasses import dataclass

from idp.school.networks import NETWORKS


@dataclass(frozen=True, slots=True)
class DemoGroup:
    """A group with its pupils by name: the first word is the first name. `school_method` counts at school."""

    name: str
    year: int
    login_method: str
    pupils: tuple[str, ...]
    school_method: str


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """A member of staff; `groups` by name, of the own school."""

    role: str
    first_name: str
    family_name: str
    address: str
    password: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoSchool:
    """A school. Its pupils' roster keys are `roster`-0001 and so on, over all its groups."""

    name: str
    roster: str
    network: str | None
    groups: tuple[DemoGroup, ...]
    staff: tuple[DemoStaff, ...]


@dataclass(frozen=True, slots=True)
class DemoHome:
    """An activated home account; `children` are called so in one of the schools without network environment."""

    address: str
    password: str
    children: tuple[str, ...]


def _group(name: str, year: int, login_method: str, pupils: str, at_school: str | None = None) -> DemoGroup:
    return DemoGroup(name, year, login_method, tuple(pupils.split(", ")), at_school or login_method)


BEVER = _group(
    "Bever",
    1,
    "pin",
    "Noor de Vries, Daan de Vries, Elif Yılmaz, Yusuf Yılmaz, Sofie Bakker, Amira El Amrani, Zofia Kowalska, "
    "Lotte Janssen, Aart-Jan van der Aa, Bente Brouwer, Çağla Öztürk, Chaïm Cohen, Djamila Benali, Emre Şahin, "
    "Femke van 't Hof, Gerrit-Jan ten Brink, Hidde Terpstra, Ife Adeyemi, Jip op den Camp, Kaylee Martina, "
    "Łukasz Wiśniewski, Maud van den Berg-Smit, Naomi Wijdenbosch, Oğuz Kaya, Renée d'Hondt, Sytske Wybenga, "
    "Tygo de Graaf, Wietse Hoogland, Xiu Chen, Zoë Ramdin",
)
_KIKKER = _group(
    "Kikker",
    2,
    "picture",
    "Jakub Kowalski, Mees Bakker, Fenna Hoekstra, Sjoerd Hoekstra, Björn Lindeman, Inaya Ait Said, Teun van de Ven, "
    "Yara Demir",
)
_AREND = _group(
    "Arend",
    8,
    "none",
    "Oliwia Kowalska, Gaitano Pinas, Xaviera Pinas, Ilse Mulder, Mohamed Bouzid, Sven in 't Veld",
    at_school="badge",
)
_ZEESTER = _group("Zeester", 4, "pin", "Ilyas El Amrani, Jelte Bosma, Noa Vermeulen, Umut Arslan")

REGENBOOG = DemoSchool(
    "De Regenboog",
    "regenboog",
    None,
    (BEVER, _KIKKER, _AREND),
    (
        DemoStaff("teacher", "Anna", "de Wit", "juf.anna@regenboog.example", "krijtjes op het bord", ("Bever",)),
        DemoStaff(
            "teacher", "Bram", "Postma", "meester.bram@regenboog.example", "gymles in de zaal", ("Kikker", "Arend")
        ),
        DemoStaff("ict", "Carla", "Verhoeven", "ict@regenboog.example", "snoeren onder de tafel"),
    ),
)

VUURVLINDER = DemoSchool(
    "De Vuurvlinder",
    "vuurvlinder",
    None,
    (_ZEESTER,),
    (DemoStaff("teacher", "Dewi", "Sutrisno", "juf.dewi@vuurvlinder.example", "zwemmen op vrijdag", ("Zeester",)),),
)

_AT_NETWORK_SCHOOLS = {
    "moo": (
        _group("Vlinder", 4, "pin", "Noor de Wit, Sem Bakker"),
        _group("Valk", 7, "pin", "Yara El Amrani, Tygo Mulder"),
    ),
    "zuluconnect": (_group("Egel", 3, "pin", "Lotte Visser, Adam Yilmaz"), _group("Das", 6, "pin", "Fenna van Dijk")),
    "cloudwise": (
        _group("Zeester", 5, "pin", "Mees Hendriks, Isa Smit, Rayan Haddad"),
        _group("Walvis", 8, "pin", "Jip de Boer"),
    ),
    "mijnonderwijsportaal": (
        _group("Roos", 6, "pin", "Sofie Kok, Bram van Leeuwen"),
        _group("Tulp", 2, "pin", "Nina Peeters"),
    ),
    "ratho-portaal": (
        _group("Kikker", 1, "pin", "Daan Schouten, Evi Willems"),
        _group("Uil", 5, "pin", "Mohamed Bouali"),
    ),
    "prowise-go": (
        _group("Raket", 7, "pin", "Liv Jansen, Finn Vos, Saar Brouwer"),
        _group("Maan", 8, "pin", "Amin Rahimi, Pien Kuipers"),
    ),
    "skool-miloo": (_group("Beuk", 4, "pin", "Tess Dekker, Luuk Postma"), _group("Eik", 6, "pin", "Zoë Maas")),
    "onlineklas": (
        _group("Zon", 3, "pin", "Guus Hoekstra, Aya Öztürk"),
        _group("Regen", 6, "pin", "Roos van der Meer, Thijs Bosman"),
    ),
}
"""By network environment: whom it knows too, in the order of its own keys."""


def _network_school(slug: str, groups: tuple[DemoGroup, ...]) -> DemoSchool:
    names = tuple(group.name for group in groups)
    teacher = DemoStaff("teacher", "Eva", "Kuipers", f"juf.eva@{slug}.example", "de bel gaat om half negen", names)
    return DemoSchool(f"De Poort ({NETWORKS[slug]})", slug, slug, groups, (teacher,))


DIRECT_SCHOOLS = (REGENBOOG, VUURVLINDER)
NETWORK_SCHOOLS = tuple(_network_school(slug, groups) for slug, groups in _AT_NETWORK_SCHOOLS.items())

OPERATOR = DemoStaff("operator", "Omar", "Dijkstra", "beheer@sleutelbos.example", "lampjes in de machinekamer")

HOMES = (
    # Two pairs of brothers and sisters in one group, each with a PIN.
    DemoHome("familie.devries@thuis.example", "pannenkoek met stroop", ("Noor de Vries", "Daan de Vries")),
    DemoHome("familie.yilmaz@thuis.example", "thee met veel suiker", ("Elif Yılmaz", "Yusuf Yılmaz")),
    # One child of two households, the second of which has another child.
    DemoHome("marieke.bakker@thuis.example", "vogels in de tuin", ("Sofie Bakker",)),
    DemoHome("jeroen.bakker@thuis.example", "boven op de zolder", ("Sofie Bakker", "Mees Bakker")),
    # One family with children at two schools.
    DemoHome("familie.elamrani@thuis.example", "munt uit de winkel", ("Amira El Amrani", "Ilyas El Amrani")),
    # A PIN, a picture and nothing at all, in one family.
    DemoHome(
        "familie.kowalski@thuis.example",
        "soep van oma gisteren",
        ("Zofia Kowalska", "Jakub Kowalski", "Oliwia Kowalska"),
    ),
    # Two with a picture; two with nothing; an only child.
    DemoHome("familie.hoekstra@thuis.example", "schaatsen op de vaart", ("Fenna Hoekstra", "Sjoerd Hoekstra")),
    DemoHome("familie.pinas@thuis.example", "muziek bij het raam", ("Gaitano Pinas", "Xaviera Pinas")),
    DemoHome("ouder.janssen@thuis.example", "regen tegen de ruit", ("Lotte Janssen",)),
)

NOT_ACTIVATED = {
    "Bente Brouwer": ("ouder.brouwer@thuis.example",),
    "Emre Şahin": ("moeder.sahin@thuis.example", "vader.sahin@thuis.example"),
    "Hidde Terpstra": ("heit.terpstra@thuis.example",),
    "Naomi Wijdenbosch": ("ouder.wijdenbosch@thuis.example",),
}
"""Addresses that a teacher filled in; nobody opened the mail yet."""
