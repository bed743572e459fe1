"""What the school forgets, and when. Pupils that have left are forgotten by `idp.directory`, in both worlds at once."""

from datetime import timedelta

from idp.kernel import throttle
from idp.kernel.retention import Keep, chores
from idp.kernel.worker import Chore
from idp.school import homes, households
from idp.school.models import (
    AddressChange,
    Badge,
    Device,
    DeviceLink,
    EmergencyCode,
    HalfSignIn,
    HomeVisit,
    Household,
    Invitation,
    Link,
    PasskeyChallenge,
    RosterDraft,
    SchoolDeletion,
    SchoolVisit,
    StaffReset,
    StaffVisit,
    Substitution,
)
from idp.school.roster import drafts

_DAY, _MONTH = timedelta(days=1), timedelta(days=30)
_SAYS = "Its page says for a month what became of it."

KEEP = (
    Keep("mailed links to parents", Link.expires_at, _MONTH, _SAYS),
    Keep("addresses to be confirmed", AddressChange.expires_at, _DAY, "Worth nothing once its hour is over."),
    Keep(
        "households on a browser",
        Household.started_at,
        households.ABSOLUTE + _DAY,
        "Longer than a household can last.",
    ),
    Keep(
        "visits of a child through a home",
        HomeVisit.started_at,
        timedelta(days=181),
        "As long as access that outlives a sign-in can live: emptying the slot ends that as well.",
    ),
    Keep("links that enrol a device", DeviceLink.expires_at, _MONTH, _SAYS),
    Keep("ended school devices", Device.ended_at, _MONTH, "Its page says for a month that it was ended."),
    Keep(
        "visits of a child at a school",
        SchoolVisit.started_at,
        _DAY,
        "Longer than a sign-in at school can last: it ends when ICT takes back the device or the address.",
    ),
    Keep("revoked badges", Badge.revoked_at, _MONTH, "Who holds up an old card hears for a month that it is old."),
    Keep("emergency codes", EmergencyCode.expires_at, _DAY, "Good for twenty minutes."),
    Keep("groups lent to a substitute", Substitution.until_at, _MONTH, "Who lent it sees for a month that it ended."),
    Keep("half-finished sign-ins of staff", HalfSignIn.expires_at, _DAY, "Good for minutes."),
    Keep("challenges of passkeys", PasskeyChallenge.expires_at, _DAY, "Good for minutes."),
    Keep("mailed links to staff", StaffReset.expires_at, _MONTH, _SAYS),
    Keep(
        "kinds of browser of staff",
        StaffVisit.started_at,
        _MONTH,
        "A member sees where they were signed in of late.",
    ),
    Keep("substitutes", Substitution.until_at, _MONTH, "A teacher sees for a month who had the group."),
    Keep("invitations of staff", Invitation.expires_at, _MONTH, _SAYS),
    Keep("rosters that were looked at and not applied", RosterDraft.created_at, drafts.LIFE, "They hold names."),
    Keep("requests to delete a school", SchoolDeletion.expires_at, _MONTH, "Both operators can look it up."),
)
"""What the school keeps."""

CHORES: tuple[Chore, ...] = (*chores(KEEP), homes.forget_unused, throttle.prune)
"""For `kernel.worker.Worker`."""
