"""Pages of docs/ that are made from the code. `make docs` writes them; a test fails when one has fallen behind."""

from pathlib import Path

from idp.config import Settings
from idp.kernel.throttle import LIMITS
from idp.school.policy import RIGHTS

DOCS = Path(__file__).parents[2] / "docs"
_MADE = "<!-- Made by `make docs`; change the code, not this page. -->"


def settings() -> str:
    """Every setting with its meaning and default."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.default_factory() if field.default_factory else field.default  # type: ignore[call-arg]
        shown = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        rows.append(f"| `{field.alias or 'IDP_' + name.upper()}` | {field.description} | {_code(shown)} |")
    return _page("Settings", "Set in the environment.", "| setting | meaning | default |", rows)


def limits() -> str:
    """Every limit: how many tries in how long, and how long the pause is."""
    rows = [
        f"| `{name}` | {limit.count} | {_span(limit.window.total_seconds())} | {_span(limit.lock.total_seconds())} |"
        for name, limit in sorted(LIMITS.items())
    ]
    intro = "The reasons stand beside each row in `idp/kernel/throttle.py`."
    return _page("Limits", intro, "| limit | tries | within | then locked for |", rows)


def rights() -> str:
    """Every act and who may do it to what."""
    roles = sorted({role for row in RIGHTS.values() for role in row})
    rows = [f"| `{act}` | " + " | ".join(row.get(role, "") for role in roles) + " |" for act, row in RIGHTS.items()]
    intro = "What does not stand here is refused, and looks like a page that does not exist."
    return _page("Rights of staff", intro, "| act | " + " | ".join(roles) + " |", rows)


PAGES = {"settings.md": settings, "limits.md": limits, "rights.md": rights}


def _page(title: str, intro: str, head: str, rows: list[str]) -> str:
    rule = "|" + " --- |" * (head.count("|") - 1)
    return "\n".join([f"# {title}", "", _MADE, "", intro, "", head, rule, *rows, ""])


def _code(value: object) -> str:
    return f"`{value}`" if value not in ("", [], None) else ""


def _span(seconds: float) -> str:
    for name, size in (("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)} {name}"
    return f"{int(seconds)} s"


def write() -> None:
    """Write every such page anew."""
    for name, make in PAGES.items():
        (DOCS / name).write_text(make())
