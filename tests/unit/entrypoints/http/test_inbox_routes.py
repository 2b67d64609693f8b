"""The inbox over HTTP: what its document shows, and what happens to those who do otherwise."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID, uuid4

import pytest

from application.inbox.presign_upload import Announced
from domain.access import Role
from domain.audit import Origin
from domain.errors import NotSignedIn
from domain.jobs import Job
from entrypoints.http.rates import PRESIGN
from entrypoints.http.schemas.inbox import AssetBody, AssetMeta, AssetsBody, CompletedBody, PresignedBody
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.entrypoints.world import World, add_project, add_user, caller_named, signed_in, world

pytestmark = pytest.mark.anyio

JPEG = encoded(quarters((400, 300)), "image/jpeg")
FORM = {"filename": "cat.jpg", "content_type": "image/jpeg", "size": len(JPEG)}


@pytest.fixture(scope="module")
async def only() -> AsyncIterator[World]:
    async with world() as made:
        yield made


@pytest.fixture
def here(only: World) -> Iterator[World]:
    with only.undone():
        yield only


async def call(here: World, method: str, path: str, *, by: str = "owner", **more: Any) -> Any:
    return await here.client.request(method, path, headers={**here.headers[by], **more.pop("headers", {})}, **more)


async def presigned(here: World, by: str = "owner", **fields: Any) -> dict[str, Any]:
    answer = await call(here, "POST", "/uploads/presign", by=by, json={**FORM, **fields})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def send(here: World, upload: dict[str, Any], body: bytes = JPEG, **headers: str) -> Any:
    """By the link alone, as a browser that never signed in."""
    return await here.client.put(upload["upload_url"], content=body, headers={**upload["headers"], **headers})


async def completed(here: World, body: bytes = JPEG, by: str = "owner", **fields: Any) -> dict[str, Any]:
    upload = await presigned(here, by, size=len(body), **fields)
    assert (await send(here, upload, body)).status_code == 200
    answer = await call(here, "POST", "/uploads/complete", by=by, json={"upload_id": upload["upload_id"]})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_from_the_announcement_to_the_asset(here: World) -> None:
    upload = await presigned(here)
    assert set(upload) == set(PresignedBody.model_fields)
    assert upload["method"] == "PUT"
    assert upload["headers"] == {"Content-Length": str(len(JPEG)), "Content-Type": "image/jpeg"}
    assert upload["object_key"] == f"incoming/{upload['upload_id']}"
    assert 3590 <= upload["expires_in"] <= 3601
    sent = await send(here, upload)
    assert (sent.status_code, sent.content) == (200, b"")
    assert sent.headers["etag"]

    answer = await call(here, "POST", "/uploads/complete", json={"upload_id": upload["upload_id"]})
    told = answer.json()
    assert set(told) == set(CompletedBody.model_fields)
    assert told["status"] == "processing"
    assert told["completed_at"].endswith("Z")
    again = await call(here, "POST", "/uploads/complete", json={"object_key": upload["object_key"]})
    assert (again.status_code, again.json()) == (201, told)

    asset = (await call(here, "GET", f"/assets/{told['asset_id']}")).json()
    assert set(asset) == set(AssetBody.model_fields)
    assert set(asset["meta"]) == set(AssetMeta.model_fields)
    assert asset["owner_id"] == str(here.users["owner"])
    assert (asset["object_key"], asset["mime"], asset["size"]) == (told["object_key"], "image/jpeg", len(JPEG))
    assert (asset["thumb_key"], asset["thumbnail_url"]) == (None, None)
    assert (asset["meta"]["filename"], asset["meta"]["width"], asset["meta"]["height"]) == ("cat.jpg", 400, 300)
    download = await here.client.get(asset["download_url"])
    assert download.content == JPEG
    assert download.headers["content-disposition"].startswith("attachment")


async def test_the_thumbnail_comes_with_its_link(here: World) -> None:
    told = await completed(here)
    variant = here_rows(here).files[UUID(told["asset_id"])].variant("thumbnail")
    await here.room.blobs().store.put(variant.key, _once(b"a thumbnail"), content_type="image/webp")
    async with here.room.database().store.begin() as unit:
        made = variant.made(width=300, height=300, size=11)
        await unit.files.save_variants(variant.file_id, [made])
        await unit.commit()
    asset = (await call(here, "GET", f"/assets/{told['asset_id']}")).json()
    assert asset["thumb_key"] == variant.key
    assert (await here.client.get(asset["thumbnail_url"])).content == b"a thumbnail"


async def test_the_same_picture_by_both_doors_is_the_same(here: World) -> None:
    by_inbox = await completed(here)
    project = (await call(here, "GET", f"/files/{by_inbox['asset_id']}")).json()["project_id"]
    form = {"file": ("cat.jpg", JPEG, "image/jpeg")}
    by_door = (await call(here, "POST", "/upload/image", files=form, headers={"X-Project-Id": project})).json()
    one, other = [
        (await call(here, "GET", f"/files/{file_id}")).json() for file_id in (by_inbox["asset_id"], by_door["id"])
    ]
    for name in one.keys() - {"id", "url", "variants", "created_at", "updated_at"}:
        assert one[name] == other[name], name
    assert one["variants"].keys() == other["variants"].keys() == {"thumbnail"}
    shown = [(await call(here, "GET", f"/assets/{file['id']}")).json() for file in (one, other)]
    assert shown[0]["meta"] == shown[1]["meta"]


async def test_everybody_has_one_project_of_their_own(here: World) -> None:
    uploads = await asyncio.gather(*(presigned(here, "stranger") for _ in range(5)))
    assert len({upload["upload_id"] for upload in uploads}) == 5
    projects = (await call(here, "GET", "/projects", by="stranger")).json()["data"]
    (own,) = [project for project in projects if project["name"] == "Inbox"]
    assert own["settings"]["variants"]["thumbnail"] == {"format": "webp", "width": 300, "height": 300, "fit": "cover"}
    assert own["settings"]["visibility"] == "private"


async def test_an_upload_to_a_named_project(here: World) -> None:
    project = here.ids["project_id"]
    told = await completed(here, project_id=project)
    listed = (await call(here, "GET", "/assets", params={"project_id": project})).json()
    assert told["asset_id"] in [asset["id"] for asset in listed["assets"]]
    assert (await call(here, "GET", "/assets")).json()["assets"] == []


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"size": 0}, 422, "validation_failed"),
        ({"size": -1}, 422, "validation_failed"),
        ({"size": 1.5}, 422, "validation_failed"),
        ({"size": "5"}, 422, "validation_failed"),
        ({"size": 2**63}, 422, "validation_failed"),
        ({"filename": ""}, 422, "validation_failed"),
        ({"filename": "x" * 513}, 422, "validation_failed"),
        ({"filename": "a\0b"}, 422, "validation_failed"),
        ({"content_type": "jpeg"}, 422, "validation_failed"),
        ({"content_type": "image/jpeg\r\nX-Evil: 1"}, 422, "validation_failed"),
        ({"content_type": "image/jpég"}, 422, "validation_failed"),
        ({"sha256": "abc"}, 422, "validation_failed"),
        ({"project_id": "x"}, 422, "validation_failed"),
        ({"project_id": str(uuid4())}, 404, "project_not_found"),
    ],
)
async def test_a_bad_announcement(here: World, fields: dict[str, Any], status: int, code: str) -> None:
    answer = await call(here, "POST", "/uploads/presign", json={**FORM, **fields})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_a_project_would_not_keep_is_not_announced(here: World) -> None:
    settings = {"max_upload_bytes": 2**21, "allowed_types": ["image/*"], "quota": 1}
    project = await add_project(here, "owner", settings)
    for fields, status, code in (
        ({"size": 2**21 + 1}, 413, "upload_too_large"),
        ({"size": 2**20 + 1}, 413, "quota_exceeded"),
        ({"content_type": "application/pdf"}, 415, "type_not_allowed"),
    ):
        about = {**FORM, "project_id": str(project.id), **fields}
        answer = await call(here, "POST", "/uploads/presign", json=about)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_upload_once_more_under_its_idempotency_key(here: World) -> None:
    again = {"Idempotency-Key": "one"}
    answers = [await call(here, "POST", "/uploads/presign", json=FORM, headers=again) for _ in range(2)]
    assert answers[0].json() == answers[1].json()


def altered(url: str, **fields: str) -> str:
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    return f"{urlsplit(url).path}?{urlencode({**query, **fields})}"


async def test_a_link_that_we_did_not_sign(here: World) -> None:
    upload, other = await presigned(here), await presigned(here)
    expires = parse_qs(urlsplit(upload["upload_url"]).query)["expires"][0]
    forged = (
        altered(upload["upload_url"], signature="x" * 43),
        altered(upload["upload_url"], expires=str(int(expires) + 1)),
        upload["upload_url"].replace(upload["upload_id"], other["upload_id"]),
        upload["upload_url"].replace(upload["upload_id"], str(uuid4())),
    )
    for url in forged:
        answer = await here.client.put(url, content=JPEG, headers=upload["headers"])
        assert (answer.status_code, answer.json()["code"]) == (403, "link_invalid"), url
    missing = await here.client.put(f"/uploads/{upload['upload_id']}/content", content=JPEG, headers=upload["headers"])
    assert missing.status_code == 422
    assert await blobs_of(here) == set()


async def test_a_link_whose_time_is_over(here: World) -> None:
    upload = await presigned(here)
    links = here.room.inbox().receive_content().links
    past = 1_000_000_000
    signature = await links.seals.of("upload", f"{upload['upload_id']} {past}")
    url = altered(upload["upload_url"], expires=str(past), signature=signature)
    answer = await here.client.put(url, content=JPEG, headers=upload["headers"])
    assert (answer.status_code, answer.json()["code"]) == (403, "link_expired")


async def switched(here: World, is_active: bool) -> None:
    answer = await call(here, "PATCH", f"/users/{here.users['owner']}", by="su", json={"is_active": is_active})
    assert answer.status_code == 200, answer.text


async def test_what_an_account_handed_out_ends_with_it(here: World) -> None:
    """Links to what is there, and links by which more would come."""
    asset = (await call(here, "GET", f"/assets/{(await completed(here))['asset_id']}")).json()
    sent, unsent = await presigned(here), await presigned(here)
    assert (await send(here, sent)).status_code == 200
    await switched(here, is_active=False)
    told = await here.client.get(asset["download_url"])
    assert (told.status_code, told.json()["code"]) == (403, "link_invalid")
    for upload in (sent, unsent):
        refused = await send(here, upload)
        assert (refused.status_code, refused.json()["code"]) == (410, "upload_expired")
    await switched(here, is_active=True)
    here.headers["owner"] = await signed_in(here.room, here_rows(here).users[here.users["owner"]])
    assert (await here.client.get(asset["download_url"])).status_code == 200
    for upload in (sent, unsent):
        refused = await call(here, "POST", "/uploads/complete", json={"upload_id": upload["upload_id"]})
        assert (refused.status_code, refused.json()["code"]) == (410, "upload_expired")
    upload = await presigned(here)
    assert (await call(here, "DELETE", f"/users/{here.users['owner']}", by="su")).status_code == 200
    gone = await send(here, upload)
    assert (gone.status_code, gone.json()["code"]) == (404, "project_not_found"), "it went with its owner"
    assert (await here.client.get(asset["download_url"])).status_code == 403


async def test_what_a_deleted_account_announced_to_a_project_of_others_ends_too(here: World) -> None:
    other = await add_user(here.room, "second su", Role.SU)
    here.headers["other"] = await signed_in(here.room, other)
    upload = await presigned(here, "other", project_id=here.ids["project_id"])
    assert (await send(here, upload)).status_code == 200
    assert (await call(here, "DELETE", f"/users/{other.id}", by="su")).status_code == 200
    refused = await send(here, upload)
    assert (refused.status_code, refused.json()["code"]) == (410, "upload_expired")


async def test_nothing_is_announced_for_an_account_that_was_just_switched_off(here: World) -> None:
    """The request was let in a moment before."""
    presign, owner = here.room.inbox().presign_upload(), caller_named(here, "owner")
    await presigned(here)
    await switched(here, is_active=False)
    with pytest.raises(NotSignedIn):
        await presign(owner, Announced("cat.jpg", "image/jpeg", 7), Origin())


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (JPEG + b"x", {"Content-Length": str(len(JPEG) + 1)}),
        (JPEG[:-1], {"Content-Length": str(len(JPEG) - 1)}),
        (JPEG[:-1], {}),
        (JPEG, {"Content-Type": "image/png"}),
        (JPEG, {"Content-Type": "text/html"}),
        (JPEG, {"Content-Length": "-1"}),
        (JPEG, {"Content-Length": "9" * 30}),
    ],
)
async def test_only_what_was_announced_is_taken(here: World, body: bytes, headers: dict[str, str]) -> None:
    upload = await presigned(here)
    answer = await send(here, upload, body, **headers)
    assert answer.status_code in {400, 422}, answer.text
    assert await blobs_of(here) == set()


async def test_a_full_project_takes_no_bytes(here: World) -> None:
    project = await add_project(here, "owner", {"quota": 1})
    upload = await presigned(here, project_id=str(project.id))
    async with here.room.database().store.begin() as unit:
        await unit.projects.count(project.id, stored=2**20)
        await unit.commit()
    answer = await send(here, upload)
    assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")


async def test_what_is_completed_takes_no_more(here: World) -> None:
    upload = await presigned(here)
    await send(here, upload)
    await call(here, "POST", "/uploads/complete", json={"upload_id": upload["upload_id"]})
    answer = await send(here, upload)
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_completed")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"upload_id": "x"}, 422),
        ({"upload_id": str(uuid4())}, 404),
        ({"object_key": "incoming/x"}, 404),
        ({"object_key": f"incoming/{uuid4()}"}, 404),
        ({"object_key": "../../etc/passwd"}, 404),
        ({"upload_id": str(uuid4()), "sha256": "z" * 64}, 422),
        ([], 422),
    ],
)
async def test_a_bad_completion(here: World, body: object, status: int) -> None:
    answer = await call(here, "POST", "/uploads/complete", json=body)
    assert answer.status_code == status, answer.text


async def test_malformed_json_is_told_so(here: World) -> None:
    for path in ("/uploads/presign", "/uploads/complete"):
        headers = {"Content-Type": "application/json"}
        answer = await call(here, "POST", path, content=b'{"a":', headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


async def test_completing_what_was_never_sent_or_is_another(here: World) -> None:
    upload = await presigned(here)
    about = {"upload_id": upload["upload_id"]}
    answer = await call(here, "POST", "/uploads/complete", json=about)
    assert (answer.status_code, answer.json()["code"]) == (422, "upload_not_arrived")
    for caller in ("stranger", "admin", "su"):
        answer = await call(here, "POST", "/uploads/complete", by=caller, json=about)
        assert (answer.status_code, answer.json()["code"]) == (404, "upload_not_found")
    html = b"<!doctype html><script>alert(1)</script>".ljust(len(JPEG))
    assert (await send(here, upload, html)).status_code == 200
    answer = await call(here, "POST", "/uploads/complete", json=about)
    assert (answer.status_code, answer.json()["code"]) == (422, "upload_mismatch")
    assert await blobs_of(here) == set()


async def listed(here: World, **params: Any) -> dict[str, Any]:
    answer = await call(here, "GET", "/assets", params=params)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert set(told) == set(AssetsBody.model_fields)
    assert told["count"] == len(told["assets"])
    assert told["has_next"] is (told["next_cursor"] is not None)
    assert told["has_prev"] is (told["prev_cursor"] is not None)
    return told


def names(page: dict[str, Any]) -> list[str]:
    return [asset["meta"]["filename"] for asset in page["assets"]]


async def filled(here: World, number: int) -> None:
    for n in range(number):
        body = b"%%PDF-1.7 %d" % n
        await completed(here, body, filename=f"{n}.pdf", content_type="application/pdf")


async def test_without_a_project_of_ones_own_there_is_nothing(here: World) -> None:
    assert await listed(here) == {
        "assets": [],
        "total": 0,
        "count": 0,
        "next_cursor": None,
        "prev_cursor": None,
        "has_next": False,
        "has_prev": False,
    }
    assert "Inbox" not in [each["name"] for each in (await call(here, "GET", "/projects")).json()["data"]]


async def test_there_and_back_again(here: World) -> None:
    await filled(here, 5)
    first = await listed(here, limit=2)
    assert (names(first), first["total"], first["has_prev"]) == (["4.pdf", "3.pdf"], 5, False)
    second = await listed(here, limit=2, cursor=first["next_cursor"])
    assert (names(second), second["has_prev"]) == (["2.pdf", "1.pdf"], True)
    last = await listed(here, limit=2, cursor=second["next_cursor"])
    assert (names(last), last["has_next"]) == (["0.pdf"], False)
    back = await listed(here, limit=2, cursor=last["prev_cursor"])
    assert (names(back), back["has_next"]) == (["2.pdf", "1.pdf"], True)
    start = await listed(here, limit=2, cursor=back["prev_cursor"])
    assert (names(start), start["has_prev"], start["has_next"]) == (["4.pdf", "3.pdf"], False, True)


async def test_what_comes_and_goes_meanwhile_moves_nothing(here: World) -> None:
    await filled(here, 4)
    first = await listed(here, limit=2)
    await completed(here, b"%PDF-1.7 new", filename="new.pdf", content_type="application/pdf")
    for asset in first["assets"]:
        assert (await call(here, "DELETE", f"/assets/{asset['id']}")).status_code == 200
    second = await listed(here, limit=2, cursor=first["next_cursor"])
    assert names(second) == ["1.pdf", "0.pdf"]
    assert names(await listed(here, limit=2, cursor=second["prev_cursor"])) == ["new.pdf"]
    for asset in second["assets"]:
        await call(here, "DELETE", f"/assets/{asset['id']}")
    beyond = await listed(here, limit=2, cursor=first["next_cursor"])
    assert (names(beyond), beyond["has_next"], beyond["has_prev"]) == ([], False, True)
    assert names(await listed(here, cursor=beyond["prev_cursor"])) == ["new.pdf"]


async def test_search_and_filters(here: World) -> None:
    await filled(here, 2)
    await completed(here, filename="Çat.JPG")
    assert names(await listed(here, search="çAT")) == ["Çat.JPG"]
    assert names(await listed(here, mime_type="application/pdf")) == ["1.pdf", "0.pdf"]
    assert names(await listed(here, mime_type="image/*")) == ["Çat.JPG"]
    assert names(await listed(here, mime_type="%/*")) == []
    assert names(await listed(here, status="READY")) == ["1.pdf", "0.pdf"]
    narrowed = await listed(here, status="ready", search="0")
    assert (names(narrowed), narrowed["total"]) == (["0.pdf"], 1)


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 51}, {"status": "lost"}, {"project_id": "x"}, {"search": "x" * 201}]
)
async def test_a_bad_question(here: World, params: dict[str, Any]) -> None:
    assert (await call(here, "GET", "/assets", params=params)).status_code == 422


async def test_a_cursor_of_another_list_or_of_nobody(here: World) -> None:
    await filled(here, 3)
    cursor = (await listed(here, limit=1))["next_cursor"]
    files = (await call(here, "GET", "/files", params={"limit": 1})).json()["next_cursor"]
    bad = ("x", "on.", "on.x.y", cursor[:-1], cursor.replace("on.", "back."), cursor[3:], f"on.{files}", "." * 99)
    for each in bad:
        answer = await call(here, "GET", "/assets", params={"cursor": each})
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid"), each
    others = await call(here, "GET", "/assets", params={"cursor": cursor, "search": "a"})
    assert others.status_code == 422
    strangers = await call(here, "GET", "/assets", by="stranger", params={"cursor": cursor})
    assert strangers.status_code == 422


async def test_nobody_sees_what_is_anothers(here: World) -> None:
    told = await completed(here)
    for caller in ("stranger", "admin"):
        assert (await call(here, "GET", "/assets", by=caller)).json()["assets"] == []
        for method in ("GET", "DELETE"):
            answer = await call(here, method, f"/assets/{told['asset_id']}", by=caller)
            assert (answer.status_code, answer.json()["code"]) == (404, "asset_not_found")
    assert (await call(here, "GET", "/assets", by="su")).json()["assets"] == []
    for path in ("/assets/x", f"/assets/{uuid4()}"):
        assert (await call(here, "GET", path)).status_code == 404


async def test_deleting(here: World) -> None:
    told = await completed(here)
    answer = await call(here, "DELETE", f"/assets/{told['asset_id']}")
    assert answer.json() == {"message": "Asset deleted successfully", "asset_id": told["asset_id"]}
    assert (await call(here, "DELETE", f"/assets/{told['asset_id']}")).status_code == 404
    assert await blobs_of(here) == set()


async def test_the_job_and_the_log_tell_of_the_asset(here: World) -> None:
    told = await completed(here, by="admin")
    jobs: list[Job] = [each for each in here_rows(here).jobs.values() if str(each.file_id) == told["asset_id"]]
    job = (await call(here, "GET", f"/jobs/{jobs[0].id}", by="admin")).json()
    assert (job["asset_id"], job["state"], job["kind"]) == (told["asset_id"], "waiting", "ProcessImage")
    await call(here, "DELETE", f"/assets/{told['asset_id']}", by="admin")
    subject = {"subject": f"asset:{told['asset_id']}"}
    logged = (await call(here, "GET", "/audit/logs", by="admin", params=subject)).json()["data"]
    assert [line["action"] for line in logged] == ["asset.deleted", "asset.completed"]
    assert {line["actor_id"] for line in logged} == {str(here.users["admin"])}
    announced = {"action": "asset.presigned"}
    assert (await call(here, "GET", "/audit/logs", by="admin", params=announced)).json()["total_items"] == 1


async def test_announcing_has_its_own_rate(here: World) -> None:
    (op,) = [op for op in here.ops if op.path == "/uploads/presign"]
    assert op.rate is PRESIGN


def here_rows(here: World) -> Any:
    return here.room.database().store._database.rows  # type: ignore[attr-defined]


async def blobs_of(here: World) -> set[str]:
    """What lies in the store beside the picture that the world begins with."""
    begun = {here.ids["key"], f"thumbs/{here.ids['file_id']}.png"}
    return {info.key async for info in here.room.blobs().store.list()} - begun


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
