"""The document says what the layer does."""

from typing import Any

import httpx2
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.openapi import Document
from entrypoints.http.operations import Op
from entrypoints.http.routes.health import HealthDoor, Readiness
from entrypoints.http.routes.home import HomeDoor
from tests.unit.entrypoints.http.sample import SampleDoor, authenticate

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    health = HealthDoor({"database": None}, Readiness(), "1")
    return Document([SampleDoor(), health, HomeDoor()], "Sample", "1.2.3").write()


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [op for path in document["paths"].values() for op in path.values()]


def test_it_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")


def test_every_operation_is_there_once(document: dict[str, Any]) -> None:
    ids = [op["operationId"] for op in operations(document)]
    assert len(set(ids)) == len(ids) == len(SampleDoor().operations()) + 3 + 1
    assert document["tags"] == [{"name": "Things"}, {"name": "Health"}, {"name": "Home"}]
    assert "/console/{name}" not in document["paths"]


def test_the_docstring_is_the_text(document: dict[str, Any]) -> None:
    op = document["paths"]["/things"]["get"]
    assert (op["summary"], op["description"]) == ("List the things", "In pages.")


def test_parameters_say_where_and_what(document: dict[str, Any]) -> None:
    found = {each["name"]: each for each in document["paths"]["/things"]["get"]["parameters"]}
    assert {name: each["in"] for name, each in found.items()} == {
        "page": "query",
        "limit": "query",
        "kind": "query",
        "Idempotency-Key": "header",
    }
    assert found["limit"]["schema"]["maximum"] == 100
    (thing_id,) = document["paths"]["/things/{thing_id}"]["get"]["parameters"]
    assert (thing_id["in"], thing_id["required"], thing_id["schema"]["format"]) == ("path", True, "uuid")
    names = [each["name"] for each in document["paths"]["/things/{thing_id}/parts/{name}"]["get"]["parameters"]]
    assert names == ["thing_id", "name"]
    assert "/blobs/{key}" in document["paths"]
    assert document["paths"]["/events"]["get"]["parameters"][0]["name"] == "token"


def test_bodies(document: dict[str, Any]) -> None:
    body = document["paths"]["/things"]["post"]["requestBody"]
    assert body["required"] is True
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/NewThing"}
    assert document["paths"]["/things/maybe"]["post"]["requestBody"]["required"] is False
    assert "multipart/form-data" in document["paths"]["/form"]["post"]["requestBody"]["content"]


def test_answers(document: dict[str, Any]) -> None:
    answers = document["paths"]["/things/{thing_id}"]["get"]["responses"]
    assert answers["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Thing"}
    assert set(answers) == {"200", "401", "403", "404", "429", "default"}
    assert "429" not in document["paths"]["/health"]["get"]["responses"]
    problem = answers["404"]["content"]["application/problem+json"]["schema"]
    assert problem == {"$ref": "#/components/schemas/Problem"}
    assert answers["404"]["description"] == "`thing_not_found`"
    assert {"400", "413", "415", "422"} <= set(document["paths"]["/things"]["post"]["responses"])
    assert "content" not in document["paths"]["/things/{thing_id}"]["delete"]["responses"]["204"]


def test_further_answers_can_be_named(document: dict[str, Any]) -> None:
    assert document["paths"]["/things/{thing_id}"]["patch"]["responses"]["303"] == {"description": "Look elsewhere"}


def test_a_further_success_has_the_same_content(document: dict[str, Any]) -> None:
    answers = document["paths"]["/reply"]["get"]["responses"]
    assert answers["202"] == {**answers["200"], "description": "Later"}


def test_unknown_fields_are_declared_unwelcome_where_they_are(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("NewThing", "Settings", "Variant", "Branch"):
        assert schemas[name]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["OpenThing"]


def test_who_may_knock(document: dict[str, Any]) -> None:
    assert set(document["components"]["securitySchemes"]) == {"bearer", "apiKey"}
    assert document["components"]["securitySchemes"]["apiKey"]["name"] == "X-Api-Key"
    paths = document["paths"]
    assert "security" not in paths["/things"]["get"]
    assert paths["/things/{thing_id}"]["get"]["security"] == [{"bearer": []}]
    assert {"apiKey": []} in paths["/key"]["get"]["security"]
    assert {} in paths["/open"]["get"]["security"]


def test_two_doors_may_use_a_name_but_one_door_may_not() -> None:
    class Other(SampleDoor):
        tag = "Other Things"

        def operations(self) -> list[Op]:
            return [Op("GET", "/others", self.list_things, module="O")]

    class Twice(SampleDoor):
        def operations(self) -> list[Op]:
            return [Op("GET", path, self.list_things, module="O") for path in ("/a", "/b")]

    written = Document([SampleDoor(), Other()], "x", "1").write()
    assert written["paths"]["/others"]["get"]["operationId"] == "other_things_list_things"
    with pytest.raises(ValueError, match="list_things"):
        create_app([Twice()], edge=EdgeConfig(public_url="http://darkroom.test"), authenticator=authenticate)


async def test_both_addresses_serve_it(client: httpx2.AsyncClient) -> None:
    first, second = await client.get("/openapi.json"), await client.get("/api-docs/openapi.json")
    assert first.headers["content-type"] == "application/json"
    assert first.json() == second.json()
    assert first.json()["info"] == {"title": "Sample", "version": "1.2.3"}
