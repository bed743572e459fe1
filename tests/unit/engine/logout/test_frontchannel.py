"""Which origins a page may frame."""

from idp.engine.logout.frontchannel import origins


def test_each_origin_once() -> None:
    frames = ["https://a.example/x?sid=1", "https://a.example/y", "http://localhost:5001/z"]
    assert origins(frames) == ["http://localhost:5001", "https://a.example"]
