"""The tables of the school world, one file per group of things that change together."""

from idp.school.models.home import EmailSlot, HomeAccount, HomeVisit, Household, Link
from idp.school.models.school import Contract, Group, Publisher, Pupil, School
from idp.school.models.staff import Staff, StaffGroup

__all__ = [
    "Contract",
    "EmailSlot",
    "Group",
    "HomeAccount",
    "HomeVisit",
    "Household",
    "Link",
    "Publisher",
    "Pupil",
    "School",
    "Staff",
    "StaffGroup",
]
