"""What the documents of the four systems list: every endpoint, what it is sent and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass

PAGING = "total_items total_pages current_page page_size"


@dataclass(frozen=True)
class Row:
    """A request as the document shows it, and the fields of its answer.

    `{names}` are ids of the world; in `answer` dots lead inward, and `*` is any entry of a list or a map.
    """

    answer: str = ""
    status: int = 200
    by: str = "owner"
    body: object = None
    form: Mapping[str, str] | None = None
    part: str | None = None  # of the form, with a picture in it
    query: str = ""


USER = "id username role created_at"
PROJECT = "id name owner_id settings created_at"
SIGN_IN = {"username": "riz", "password": "a long password"}
ACCOUNT = {"email": "new@example.com", "password": "a long password"}
RENEWAL = {"refresh_token": "{refresh_token}"}
VARIANTS = {
    "thumb": {"format": "webp", "width": 150, "height": 150, "fit": "cover", "quality": 80},
    "medium": {"format": "webp", "width": 800},
    "hero-avif": {"format": "avif", "width": 1600, "quality": 70},
}
JOBS_OF_A_PROJECT = (
    "*.project_id *.jobs.*.id *.jobs.*.status *.jobs.*.payload *.jobs.*.created_at *.total_items *.total_pages "
    "*.current_page *.page_size"
)
ASSET = "id owner_id object_key mime size status thumb_key meta created_at updated_at"
JOB = "id asset_id state attempts last_error created_at updated_at"
MEDIA_ITEM = (
    "id type metadata s3_key status user_id duration width height video_codec audio_codec format bitrate sample_rate "
    "channels created_at updated_at"
)
ITEM = (
    "id is_collection label description parent_id added_date updated_date create_date file_size height width duration "
    "mime_type type extension md5 file_path is_deleted"
)


def each(prefix: str, fields: str) -> str:
    return " ".join(f"{prefix}.{field}" for field in fields.split())


MEDIA_BLOB_KIT = {
    "POST /auth/login": Row("access_token refresh_token expires_in", by="anonymous", body=SIGN_IN),
    "POST /auth/refresh": Row("access_token", by="anonymous", body=RENEWAL),
    "POST /auth/logout": Row("message", by="anonymous", body=RENEWAL),
    "GET /auth/me": Row(USER),
    "POST /users": Row(USER, 201, "su", {"username": "john_admin", "password": "secure123", "role": "admin"}),
    "GET /users": Row(f"{each('data.*', USER)} {PAGING}", by="su", query="page=1&limit=10"),
    "DELETE /users/{id}": Row("message", by="su"),
    "GET /projects": Row(f"{each('data.*', PROJECT)} {PAGING}", query="page=1&limit=10"),
    "POST /projects": Row(PROJECT, 201, body={"name": "New Project", "settings": {"quota": 100}}),
    "GET /projects/{id}": Row(PROJECT),
    "PUT /projects/{id}": Row(PROJECT, body={"settings": {"variants": VARIANTS}}),
    "DELETE /projects/{id}": Row("message", query="permanent=true"),
    "POST /projects/{id}/sync-variants": Row("message jobs_queued", 202),
    "GET /projects/{id}/keys": Row(f"data.*.id {PAGING}", query="page=1&limit=10"),
    "POST /projects/{id}/keys": Row("key", 201, body={"name": "Production Key", "expires_at": "2999-01-01T00:00:00Z"}),
    "PATCH /projects/{id}/keys/{key_id}": Row("message", body={"is_active": False}),
    "DELETE /projects/{id}/keys/{key_id}": Row("message"),
    "POST /upload/file": Row("id url filename mime_type size", by="key", part="file"),
    "POST /upload/image": Row("id original_url variants", by="key", part="file"),
    "GET /files": Row(f"data.*.id {PAGING}", query="project_id={project_id}"),
    "GET /files/{id}": Row("id project_id filename mime_type size url variants status", by="key"),
    "GET /files/{id}/content": Row(by="key", query="variant=thumb"),
    "DELETE /files/{id}": Row("message id", by="key"),
    "GET /jobs": Row(JOBS_OF_A_PROJECT, by="key", query="status=failed&page=1&limit=10"),
    "GET /admin/jobs": Row(JOBS_OF_A_PROJECT, by="su", query="page=1&limit=10"),
    "GET /": Row(by="anonymous"),
    "GET /swagger-ui": Row(by="anonymous"),
}

MEDIA_INBOX = {
    "POST /auth/register": Row("id email role created_at updated_at", 201, "anonymous", ACCOUNT),
    "POST /auth/login": Row(
        "access_token refresh_token", by="anonymous", body={"email": "riz@example.com", "password": SIGN_IN["password"]}
    ),
    "POST /auth/refresh": Row("access_token refresh_token", by="anonymous", body=RENEWAL),
    "POST /uploads/presign": Row(
        "upload_url object_key expires_in",
        201,
        body={"filename": "cat.png", "content_type": "image/png", "size": 67},
    ),
    "POST /uploads/complete": Row("asset_id object_key status message", 201, body={"object_key": "{object_key}"}),
    "GET /assets": Row(
        f"{each('assets.*', ASSET)} total next_cursor has_next", query="limit=10&project_id={project_id}"
    ),
    "GET /assets/{id}": Row(ASSET),
    "DELETE /assets/{id}": Row("message asset_id"),
    "GET /jobs/stats": Row("waiting active completed failed delayed", by="admin"),
    "GET /jobs/{id}": Row(JOB, by="su"),
    "POST /jobs/{id}/retry": Row(JOB, by="su"),
    "DELETE /jobs/{id}": Row("message", by="su"),
    "GET /audit/logs": Row(each("data.*", "id actor_id action subject payload created_at"), by="su"),
    "GET /sessions": Row(each("data.*", "id expires_at created_at")),
    "GET /docs": Row(by="anonymous"),
    "GET /health": Row("status", by="anonymous"),
}

JOY_KUNGA_STREAM = {
    "POST /auth/register": Row("id username email created_at", 201, "anonymous", {**ACCOUNT, "username": "new"}),
    "POST /auth/login": Row("access_token refresh_token expires_in", by="anonymous", body=SIGN_IN),
    "POST /auth/refresh": Row("access_token", by="anonymous", body=RENEWAL),
    "POST /auth/logout": Row("message", by="anonymous", body=RENEWAL),
    "POST /auth/logout-all": Row("message"),
    "POST /auth/oauth/authorize": Row("authorization_url state", 422, "anonymous", {"provider": "google"}),
    "POST /auth/oauth/callback": Row("access_token refresh_token", 400, "anonymous", {"code": "x", "state": "y"}),
    "GET /health": Row("status", by="anonymous"),
    "GET /health/redis": Row("status", by="anonymous"),
    "POST /users": Row("id username email created_at updated_at", 201, "su", {**SIGN_IN, "username": "new"}),
    "GET /users": Row(each("data.*", "id username email created_at updated_at"), by="su"),
    "GET /users/{id}": Row("id username email created_at updated_at"),
    "GET /sessions": Row(each("data.*", "id expires_at created_at")),
    "DELETE /sessions/{id}": Row("message"),
    "GET /media": Row(each("items.*", MEDIA_ITEM)),
    "GET /media/{id}": Row(MEDIA_ITEM),
    "POST /media/refresh": Row("message status", 202),
    "GET /protected": Row("message status"),
}

COLAN_MEDIA_STORE = {
    "GET /entity/": Row(
        f"{each('items.*', ITEM)} {each('pagination', 'page page_size total_items total_pages has_next has_prev')}",
        by="anonymous",
        query="page=1&page_size=20&version=1&filter_param=is_collection=true&search_query=albums",
    ),
    "POST /entity/": Row(
        ITEM, 201, "admin", part="image",
        form={"is_collection": "false", "label": "My Image", "description": "A test image", "parent_id": "{entity_id}"},
    ),
    "GET /entity/{id}": Row(ITEM, by="anonymous"),
    "PUT /entity/{id}": Row(
        ITEM, by="admin", form={"is_collection": "true", "label": "x", "description": "y", "parent_id": ""}
    ),
    "PATCH /entity/{id}": Row(
        ITEM, by="admin", body={"body": {"label": "New Label", "parent_id": None, "is_deleted": False}}
    ),
    "DELETE /entity/{id}": Row(by="admin"),
    "GET /entity/{id}/versions": Row(each("*", ITEM), by="anonymous"),
    "GET /docs": Row(by="anonymous"),
}  # fmt: skip

DOCUMENTS = {
    "media-blob-kit": MEDIA_BLOB_KIT,
    "media-inbox": MEDIA_INBOX,
    "joy-kunga-stream": JOY_KUNGA_STREAM,
    "colan-media-store": COLAN_MEDIA_STORE,
}
