"""Where an entity may lie."""

from application.ports.unit_of_work import UnitOfWork
from domain.library import WrongParent


async def check_parent(unit: UnitOfWork, parent_id: int | None, entity_id: int | None = None) -> None:
    """Refuse what is no collection, is deleted, or lies in the entity itself; the library's project is held."""
    if parent_id is None:
        return
    parent = await unit.entities.get(parent_id)
    if parent is None:
        raise WrongParent(f"there is no entity {parent_id}")
    if not parent.is_collection:
        raise WrongParent(f"entity {parent_id} is no collection")
    if parent.is_deleted:
        raise WrongParent(f"collection {parent_id} is deleted")
    if entity_id is not None and entity_id in await unit.entity_facts.above(parent_id):
        raise WrongParent("an entity cannot lie in itself, nor in what lies in it")
