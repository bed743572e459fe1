"""Node for tests: where it is, and scripts that talk with a test in lines of JSON."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "node"


def find_node() -> str:
    """The program; skips loudly when it or openid-client is missing, and fails in CI."""
    found = shutil.which("node")
    if found is None or not (FOLDER / "node_modules" / "openid-client").exists():
        if os.environ.get("CI") == "true":
            raise AssertionError("node or openid-client is missing: run `make setup-tests`")
        pytest.skip("NODE'S CLIENTS NOT TESTED: run `make setup-tests`")
    return found


def converse(node: str, script: str, *arguments: str, hear: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Run a script: what it says first goes to `hear`, whose answer it is told; what it says last."""
    command = [node, str(FOLDER / script), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(json.dumps(hear(json.loads(running.stdout.readline()))) + "\n")
        running.stdin.flush()
        last = json.loads(running.stdout.readline())
        assert running.wait(timeout=30) == 0
    return last


def run(node: str, script: str, *arguments: str) -> Any:
    """Run a script that asks nothing; what it says."""
    command = [node, str(FOLDER / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
