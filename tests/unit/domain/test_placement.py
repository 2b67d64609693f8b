"""In a public bucket, what is private lies apart."""

from dataclasses import replace

from domain.object_keys import private_key
from domain.placement import Placement
from domain.settings import read_settings
from tests.unit.contracts.things import project


def test_only_private_projects_and_only_in_a_public_bucket_lie_apart() -> None:
    public = replace(project(), settings=read_settings({}))
    private = replace(public, settings=read_settings({"visibility": "private"}))
    plain = "shop-1/files/a.pdf"
    assert Placement(public_bucket=True).key(private, plain) == private_key(plain)
    assert Placement(public_bucket=True).key(public, plain) == plain
    assert Placement().key(private, plain) == plain
