"""The tables of the school world, one file per group of things that change together."""

from idp.school.models.administration import Invitation, RosterDraft
from idp.school.models.device import Badge, Device, DeviceLink, EmergencyCode, SchoolAddress, SchoolVisit
from idp.school.models.factor import (
    HalfSignIn,
    PasskeyChallenge,
    SchoolDeletion,
    StaffFactor,
    StaffReset,
    StaffVisit,
)
from idp.school.models.home import (
    AddressChange,
    EmailSlot,
    HomeAccount,
    HomePasskey,
    HomeVisit,
    Household,
    Link,
    SlotRefusal,
)
from idp.school.models.school import Contract, Group, Publisher, Pupil, School
from idp.school.models.staff import Staff, StaffGroup, Substitution

__all__ = [
    "AddressChange",
    "Badge",
    "Contract",
    "Device",
    "DeviceLink",
    "EmailSlot",
    "EmergencyCode",
    "Group",
    "HalfSignIn",
    "HomeAccount",
    "HomePasskey",
    "HomeVisit",
    "Household",
    "Invitation",
    "Link",
    "PasskeyChallenge",
    "Publisher",
    "Pupil",
    "RosterDraft",
    "School",
    "SchoolAddress",
    "SchoolDeletion",
    "SchoolVisit",
    "SlotRefusal",
    "Staff",
    "StaffFactor",
    "StaffGroup",
    "StaffReset",
    "StaffVisit",
    "Substitution",
]
