"""An SVG document of matplotlib -> a fragment for a page: its colours, its font, ids of its own; knows no figure."""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from typing import Final

from engine.figure.style import COLOURS, LIGHT

XLINK: Final = "{http://www.w3.org/1999/xlink}href"
LEFT_OUT: Final = {"metadata", "style"}
"""What would speak of its making, and rules that would hold for the whole page."""

_NUMBER: Final = re.compile(r"-?\d+\.\d+")
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_ROLES: Final = {both[LIGHT]: role for role, both in COLOURS.items()}


def inline(document: str, title: str, description: str) -> str:
    """The drawing as an `<svg role="img">` that a page can hold beside many others.

    It has its colours from custom properties (`style.stylesheet`), and without them those of light paper; its font is
    the page's. Its ids begin with a digest of what it shows, and the words of `description` are its text alternative
    (SVG Accessibility API Mappings 1.0).
    """
    root = ET.fromstring(document)  # noqa: S314 - written by matplotlib a moment ago
    name = "fig-" + hashlib.sha256(f"{title}\0{description}\0{document}".encode()).hexdigest()[:12]
    _tidy(root, name)
    wide, high = root.attrib["viewBox"].split()[2:]
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "role": "img",
        "aria-labelledby": f"{name}-title {name}-desc",
        "class": "figure",
        "viewBox": root.attrib["viewBox"],
        "width": f"{float(wide) * 4 / 3:.0f}",
        "height": f"{float(high) * 4 / 3:.0f}",
        "style": "max-width: 100%; height: auto; stroke-linejoin: round",
    }
    root.attrib.clear()
    root.attrib.update(attributes)
    for place, (tag, words) in enumerate((("title", title), ("desc", description))):
        said = ET.Element(tag, id=f"{name}-{tag}")
        said.text = words
        root.insert(place, said)
    return ET.tostring(root, encoding="unicode")


def _tidy(element: ET.Element, name: str) -> None:
    """Take out what is not for a page, from here downwards."""
    element.tag = element.tag.rpartition("}")[2]
    element.tail = None
    if element.tag != "text":
        element.text = None
    kept: list[ET.Element] = []
    for below in element:
        _tidy(below, name)
        if below.tag in LEFT_OUT or (below.tag in {"g", "defs"} and not len(below)):
            continue
        kept += [*below] if below.tag == "g" and not below.attrib else [below]
    element[:] = kept
    if XLINK in element.attrib:
        element.set("href", f"#{name}-{element.attrib.pop(XLINK)[1:]}")
    if "id" in element.attrib:
        if element.tag in {"path", "clipPath"}:
            element.set("id", f"{name}-{element.attrib['id']}")
        else:
            del element.attrib["id"]
    for key in element.attrib.keys() & {"d", "x", "y", "transform"}:
        element.set(key, _short(element.attrib[key]))
    if "style" in element.attrib:
        element.set("style", _styled(element.attrib["style"]))
    styles = {below.get("style") for below in element if below.tag == "use"}
    if len(styles) == 1 and all(below.tag == "use" for below in element):
        element.set("style", str(styles.pop()))
        for below in element:
            del below.attrib["style"]


def _short(numbers: str) -> str:
    """Coordinates to a hundredth of a point, on one line."""
    return _NUMBER.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), " ".join(numbers.split()))


def _styled(style: str) -> str:
    """The colours as custom properties, and no font."""
    said = (part.strip() for part in style.split(";"))
    kept = "; ".join(part for part in said if part and not part.startswith("font-family"))
    return _COLOUR.sub(_property, kept)


def _property(found: re.Match[str]) -> str:
    role = _ROLES.get(found[0])
    return f"var(--fig-{role}, {found[0]})" if role else found[0]
