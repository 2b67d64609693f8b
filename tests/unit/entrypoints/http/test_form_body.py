"""Bodies that may be plain forms as well as JSON."""

from typing import Annotated, Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from domain.errors import DarkroomError, Invalid, Malformed, UnsupportedMedia
from entrypoints.http.form_body import FormOrJsonBody
from entrypoints.http.openapi import Document
from entrypoints.http.operations import Op
from tests.tables import over_rows


class Answer(BaseModel):
    """What comes back."""

    code: Annotated[str, Field(max_length=50)]
    state: str | None = None
    count: int = 0


READER = FormOrJsonBody(TypeAdapter(Answer))
FORM = {b"content-type": b"application/x-www-form-urlencoded; charset=UTF-8"}


def read(body: bytes, headers: dict[bytes, bytes] | None = None) -> Answer:
    found: Any = READER.parse(body, FORM if headers is None else headers)
    assert isinstance(found, Answer)
    return found


def test_a_form_is_read() -> None:
    assert read(b"code=a+b%C3%A9&state=&user=%7B%7D&count=3") == Answer(code="a bé", state="", count=3)


def test_json_is_read_as_ever() -> None:
    assert read(b'{"code": "a", "user": {}}', {b"content-type": b"application/json"}) == Answer(code="a")
    with pytest.raises(ValidationError):
        read(b'{"code": "a", "count": "3"}', {b"content-type": b"application/json"})


@pytest.mark.parametrize("kind", [b"", b"text/plain", b"multipart/form-data; boundary=x"])
def test_other_kinds_are_not(kind: bytes) -> None:
    with pytest.raises(UnsupportedMedia):
        read(b"code=a", {b"content-type": kind})


@over_rows("body", [b"code=\xff", "code=é".encode(), b"code=%ff", b"&".join([b"a=b"] * 101)])
def test_what_is_no_form_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read(body)


@over_rows("body", [b"code=a&code=b", b"code=a&code=a", b"code=a%00b", b"code=a&x%00=b"])
def test_what_means_two_things_or_cannot_be_kept_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid):
        read(body)


@over_rows("body", [b"", b"state=a", b"code=" + b"x" * 51, b"code=a&count=many"])
def test_the_model_s_own_rules_hold(body: bytes) -> None:
    with pytest.raises(ValidationError):
        read(body)


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=10), max_size=5))
def test_whatever_a_browser_sends_is_read_or_refused(fields: dict[str, str]) -> None:
    sent = {"code": "a", **fields}
    try:
        found = read(urlencode(sent).encode())
    except (DarkroomError, ValidationError):
        return
    assert found.code == sent["code"]


class CallbackDoor:
    """A door with one such operation."""

    tag = "Callback"

    def operations(self) -> list[Op]:
        return [Op("POST", "/callback", self.callback, "Callback", urlencoded=True)]

    async def callback(self, body: Answer) -> None:
        """Come back."""


def test_the_document_names_both_kinds() -> None:
    content = Document([CallbackDoor()], "x", "1").write()["paths"]["/callback"]["post"]["requestBody"]["content"]
    assert list(content) == ["application/json", "application/x-www-form-urlencoded"]
    assert content["application/json"] == content["application/x-www-form-urlencoded"]
