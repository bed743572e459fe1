"""Rosters: who is at a school, as its administration says, and what that changes here.

Bytes go in (`detect.read`), told apart by content: EDEXML, a OneRoster zip or plain CSV. Each reader keeps what stands
on its list and looks at nothing else, and gives one checked `Roster`, or every `Problem` with its line. `plan.compare`
is pure: a roster beside a `Snapshot` of the school is a `Plan` (joiners, movers, leavers, conflicts), which a person
looks at. `apply.apply` carries it out in the caller's transaction, unless the school changed since, and says whose
sessions are to end. `joining`, `moving` and `leaving` do the same for one pupil by hand; `new_year` and `merge` are
plans that need no file.
"""
