"""OneRoster sets as school administrations send them, after the CSV binding 1.2 of 1EdTech, with all its columns."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence

from tests.roster_files import PRIVATE, Child, Class, File, Teacher

HEADERS = {
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "academicSessions": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
    "users": "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,"
    "preferredFamilyName,primaryOrgSourcedId,pronouns",
    "roles": "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfile",
    "classes": "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
    "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods",
    "enrollments": "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
    "beginDate,endDate",
}

Rows = Sequence[Mapping[str, str]]


def oneroster_rows(file: File) -> dict[str, list[dict[str, str]]]:
    """The rows of each file of a OneRoster set, by column."""
    kinds = [(one.key, "student", [one.group] if one.group else []) for one in file.children]
    kinds += [(one.key, "teacher", list(one.groups)) for one in file.teachers]
    role = {"roleType": "primary", "orgSourcedId": "school"}
    return {
        "orgs": [
            {"sourcedId": "bestuur", "name": "Stichting", "type": "district"},
            {"sourcedId": "school", "name": file.name, "type": "school", "identifier": file.brin},
        ],
        "academicSessions": [{"sourcedId": "2031", "title": "2031-2032", "type": "schoolYear"}],
        "users": [*(_pupil(one) for one in file.children), *(_teacher(one) for one in file.teachers)],
        "roles": [{"sourcedId": f"r-{key}", "userSourcedId": key, "role": kind, **role} for key, kind, _ in kinds],
        "classes": [_home_room(one) for one in file.classes],
        "enrollments": [enrollment(key, group, kind) for key, kind, groups in kinds for group in groups],
    }


def _pupil(one: Child) -> dict[str, str]:
    return {
        "sourcedId": one.key,
        "enabledUser": "true",
        "givenName": one.first_name,
        "familyName": one.whole_family_name,
        "userIds": f"{{eckId:{one.eck_id}}}" if one.eck_id else "",
        "username": PRIVATE["gebruikersnaam"],
        "email": PRIVATE["emailadres"],
        "password": PRIVATE["bsn"],
    }


def _teacher(one: Teacher) -> dict[str, str]:
    names = {"givenName": one.first_name, "familyName": one.family_name}
    return {"sourcedId": one.key, "enabledUser": "true", "email": one.email or "", **names}


def _home_room(one: Class) -> dict[str, str]:
    place = {"classType": "homeroom", "schoolSourcedId": "school"}
    return {"sourcedId": one.key, "title": one.name, "grades": f"0{one.year}", **place}


def enrollment(user: str, group: str, role: str = "student", status: str = "") -> dict[str, str]:
    """One row of enrollments.csv."""
    return {
        "sourcedId": f"e-{user}-{group}",
        "status": status,
        "classSourcedId": group,
        "schoolSourcedId": "school",
        "userSourcedId": user,
        "role": role,
    }


def oneroster(
    rows: Mapping[str, Rows], *, mode: str = "bulk", version: str = "1.2", manifest: Mapping[str, str] | None = None
) -> bytes:
    """A OneRoster zip of these rows; `manifest` overrules lines of it."""
    said = {"manifest.version": "1.0", "oneroster.version": version}
    said |= {f"file.{name}": mode if name in rows else "absent" for name in (*HEADERS, "courses", "demographics")}
    said |= manifest or {}
    texts = {"manifest.csv": _table("propertyName,value", [{"propertyName": a, "value": b} for a, b in said.items()])}
    texts |= {f"{name}.csv": _table(HEADERS[name], found) for name, found in rows.items()}
    return zipped({name: text.encode() for name, text in texts.items()})


def _table(header: str, rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, header.split(","), restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
