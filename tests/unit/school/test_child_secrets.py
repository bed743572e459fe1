"""A child's PIN and password picture lie sealed, each in its own place."""

import pytest

from idp.kernel.secrets import UnsealError
from idp.school import child_secrets
from idp.school.child_secrets import Sealed
from idp.school.pictures import SECRET_KEYS
from tests.builders import KEYRING


def test_what_was_sealed_comes_back() -> None:
    sealed = child_secrets.seal(KEYRING, "noor", "0042", "kite")
    assert child_secrets.pin_of(KEYRING, sealed) == "0042"
    assert child_secrets.secret_picture_of(KEYRING, sealed) == "kite"


def test_a_pin_opens_for_no_other_pupil_and_as_no_picture() -> None:
    sealed = child_secrets.seal(KEYRING, "noor", "0042", "kite")
    with pytest.raises(UnsealError):
        child_secrets.pin_of(KEYRING, Sealed("daan", sealed.pin, sealed.secret_picture))
    with pytest.raises(UnsealError):
        child_secrets.pin_of(KEYRING, Sealed("noor", sealed.secret_picture, sealed.pin))


def test_new_ones_are_made_by_chance_and_fit_the_rules() -> None:
    pins = {child_secrets.new_pin() for _ in range(200)}
    pictures = {child_secrets.new_secret_picture() for _ in range(500)}
    assert len(pins) > 150
    assert all(child_secrets.pin_problem(pin) is None for pin in pins)
    assert pictures <= SECRET_KEYS
    assert len(pictures) > 40
