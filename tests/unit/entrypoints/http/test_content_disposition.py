"""Whatever a file is called, the header is one header, and says the name."""

import re
import unicodedata
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entrypoints.http.content_disposition import content_disposition, display_name


def parse(header: str) -> tuple[str, dict[str, str]]:
    """A reading of RFC 6266 that shares nothing with the writer; refuses whatever the grammar does not have."""
    kind, _, rest = header.partition(";")
    found: dict[str, str] = {}
    while rest:
        matched = re.match(r' ([a-z*]+)=(?:"((?:[^"\\\x00-\x1f\x7f]|\\.)*)"|([^\s";,]+))(?:;|$)', rest)
        assert matched, rest
        name, quoted, token = matched[1], matched[2], matched[3]
        assert name not in found
        if name.endswith("*"):
            charset, language, value = token.split("'")
            assert (charset, language) == ("UTF-8", "")
            assert re.fullmatch(r"(?:[A-Za-z0-9!#$&+\-.^_`|~]|%[0-9A-F]{2})*", value)
            found[name] = unquote_to_bytes(value).decode("utf-8")
        else:
            found[name] = re.sub(r"\\(.)", r"\1", quoted) if token is None else token
        rest = rest[matched.end() :]
    return kind, found


ORDINARY = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cf"], exclude_characters="/\\"), min_size=1, max_size=150
).filter(lambda name: name.strip(" .") == name)


@given(ORDINARY)
@example('a"b.png')
@example("100%.png")
@example("naïve café.jpg")
@example("写真 📷.heic")
@example("a'b;c=d.txt")
@example("a; filename=evil.exe")
def test_an_ordinary_name_comes_back_exactly(name: str) -> None:
    kind, found = parse(content_disposition(name))
    assert kind == "attachment"
    assert found.get("filename*", found["filename"]) == name
    assert set(found) <= {"filename", "filename*"}


@given(st.text())
@example("\r\nSet-Cookie: a=b")
@example("a\x00.png")
@example('"; filename="x.html')
@example("../../etc/passwd")
@example("..\\..\\boot.ini")
@example("\ud800")
@example("photo\u202egpj.exe")
@example("." * 300)
@example("a" * 5000 + ".jpeg")
def test_no_name_does_any_harm(name: str) -> None:
    header = content_disposition(name, "inline")
    assert header.isascii()
    assert header.isprintable()
    kind, found = parse(header)
    assert kind == "inline"
    shown = found.get("filename*", found["filename"])
    assert shown == display_name(name)
    assert 0 < len(shown) <= 200
    assert not set(shown) & set("/\\\r\n\x00\u202e")
    assert not shown.startswith(".")
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in shown)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("photo.jpg", 'attachment; filename="photo.jpg"'),
        ("", 'attachment; filename="file"'),
        ("é.jpg", "attachment; filename=\"_.jpg\"; filename*=UTF-8''%C3%A9.jpg"),
    ],
)
def test_examples(name: str, header: str) -> None:
    assert content_disposition(name) == header


def test_a_long_name_keeps_its_extension() -> None:
    assert display_name("x" * 400 + ".webp").endswith("x.webp")
