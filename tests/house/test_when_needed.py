"""A server process carries no library that most of its requests do without (`idp.kernel.needed`)."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LATE = re.compile(r'WhenNeeded\("([\w.]+)"\)')
PROBE = "import sys, idp.app; print(*sorted(sys.modules))"


def test_what_is_loaded_when_needed_is_not_there_before() -> None:
    late = {name for file in (ROOT / "idp").rglob("*.py") for name in LATE.findall(file.read_text())}
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(late) > 5
    assert late & set(done.stdout.split()) == set()
