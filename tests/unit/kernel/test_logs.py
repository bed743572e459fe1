"""A log tells what went wrong and where, and nothing that anybody typed."""

import json

import pytest
import structlog

from idp.kernel import logs


@pytest.fixture(autouse=True)
def _logs(capsys: pytest.CaptureFixture[str]) -> object:
    logs.configure()
    yield
    structlog.reset_defaults()


def fail_with(password: str) -> None:
    """A fault that has a secret in its words and in its variables."""
    try:
        raise KeyError(password)
    except KeyError as error:
        raise ValueError(f"no luck with {password}") from error


def test_a_fault_is_told_without_words_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        fail_with("een lange zin over taart")
    except ValueError:
        structlog.get_logger().exception("page.failed", path="/thuis")
    written = capsys.readouterr().err
    line = json.loads(written)
    assert "taart" not in written
    assert line["fault"] == ["ValueError", "KeyError"]
    assert line["where"][-1].endswith("fail_with")
    assert (line["event"], line["level"], line["path"]) == ("page.failed", "error", "/thuis")


def test_an_exception_object_is_as_good_as_true(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().error("x", exc_info=ValueError("taart"))
    line = json.loads(capsys.readouterr().err)
    assert (line["fault"], line["where"]) == (["ValueError"], [])
