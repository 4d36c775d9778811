"""What practice customers photograph: a page of the airline, a departures board, a bag tag."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .drawing import Canvas, Colour

_INK: Colour = (24, 28, 36)
_SOFT: Colour = (92, 98, 110)
_WHITE: Colour = (255, 255, 255)
_NAVY: Colour = (22, 52, 92)
_RED: Colour = (168, 32, 36)
_AMBER: Colour = (246, 190, 84)


def draw(name: str, props: Mapping[str, str]) -> tuple[bytes, str]:
    """The PNG of that name and its alternative text, with a story's props on it."""
    painter, alt = _PICTURES[name]
    return painter(props), alt.format_map(props)


def _later_flight(props: Mapping[str, str]) -> bytes:
    canvas = Canvas(560, 300, (244, 246, 249))
    canvas.box(0, 0, 560, 52, _NAVY)
    canvas.text(20, 14, "Tsubame Air   My booking", _WHITE)
    canvas.box(20, 72, 520, 160, _WHITE)
    canvas.text(40, 88, f"{props['later']}  {props['later_time']}", _INK, "large")
    canvas.text(40, 134, f"{props['frm_en']} > {props['to_en']}", _SOFT)
    canvas.text(40, 164, f"{props['date']}   Economy", _SOFT)
    canvas.text(40, 196, "3 seats left", _RED)
    canvas.box(400, 180, 120, 38, _NAVY)
    canvas.text(422, 188, "Choose", _WHITE)
    canvas.text(20, 252, f"Booking {props['locator']}", _INK)
    return canvas.png()


def _board(props: Mapping[str, str]) -> bytes:
    canvas = Canvas(620, 260, (16, 18, 22))
    canvas.text(20, 14, "Departures", _AMBER, "large")
    rows = (
        ("TA 112", "Sapporo", "06:40", "Boarding"),
        (props["flight"], props["to_en"], props["time"], "Delayed"),
        ("TA 540", "Naha", "15:10", "On time"),
    )
    for line, (flight, to, time, word) in enumerate(rows):
        colour = _AMBER if word == "Delayed" else _WHITE
        canvas.text(20, 76 + line * 44, f"{flight:<8}{to:<14}{time:<8}{word}", colour)
        canvas.box(20, 110 + line * 44, 580, 1, (52, 56, 64))
    canvas.text(20, 216, f"{props['flight']}: about {props['mins']} min late", _AMBER)
    return canvas.png()


def _tag(props: Mapping[str, str]) -> bytes:
    canvas = Canvas(420, 250, (226, 221, 211))
    canvas.box(24, 24, 372, 202, _WHITE)
    canvas.text(44, 36, props["to_code"], _INK, "large")
    canvas.text(44, 84, f"{props['flight']}  {props['date']}", _SOFT)
    canvas.text(44, 112, props["bag"], _INK, "large")
    x = 44
    for digit in props["bag"] * 4:
        width = ord(digit) % 5 + 1
        canvas.box(x, 164, width, 44, _INK)
        x += width + 4
    return canvas.png()


_PICTURES: dict[str, tuple[Callable[[Mapping[str, str]], bytes], str]] = {
    "later_flight": (_later_flight, "Screenshot: {later} at {later_time}, 3 seats left"),
    "board": (_board, "A departures board: {flight} is delayed"),
    "tag": (_tag, "A bag tag: {bag}"),
}
