"""Whatever is done to people is remembered, and no secret with it."""

import base64
import json

import pytest

from application.identity.refresh_session import SessionEnded
from application.projects.create_api_key import CreateApiKey
from application.projects.create_project import CreateProject
from domain.access import UserCaller
from domain.audit import AuditAction
from domain.identity import WrongCredentials
from domain.second_factor import code_at
from tests.unit.use_cases.identity.house import PASSWORD, SECOND, SOMEWHERE, House, asking

pytestmark = pytest.mark.anyio

SECOND_PASSWORD = "another horse"
THIRD_PASSWORD = "yet another horse"
WRONG_PASSWORD = "stolen horse"


async def a_busy_day(house: House) -> list[str]:
    """Everything that can happen, and the secrets that were told in it."""
    secrets = [PASSWORD, SECOND_PASSWORD, THIRD_PASSWORD, WRONG_PASSWORD]
    su, anna = await house.su(), await house.somebody()
    with pytest.raises(WrongCredentials):
        await house.sign_in("anna", WRONG_PASSWORD, SOMEWHERE)
    for leave in ("reuse", "logout", "own", "everywhere"):
        tokens = [await house.signed_in()]
        for _ in range(2):
            tokens.append(await house.refresh(tokens[-1].refresh_token, SOMEWHERE))
        claims = await house.claims(tokens[-1])
        house.clock.advance(11 * SECOND)
        match leave:
            case "reuse":
                with pytest.raises(SessionEnded):
                    await house.refresh(tokens[0].refresh_token, SOMEWHERE)
            case "logout":
                await house.end_sessions.by_refresh_token(tokens[-1].refresh_token, SOMEWHERE)
            case "own":
                await house.end_sessions.own(anna.id, claims.session_id, SOMEWHERE)
            case _:
                await house.end_sessions.everywhere(anna.id, SOMEWHERE)
        secrets += [each for pair in tokens for each in (pair.access_token, pair.refresh_token)]
    owner = asking(anna)
    project = await CreateProject(house.store, house.projects, house.remember, house.clock, house.ids, -1)(
        owner, "shop", SOMEWHERE, settings={}
    )
    create_key = CreateApiKey(house.store, house.remember, house.clock, house.ids)
    key, secret = await create_key(owner, project.id, "ci", SOMEWHERE)
    secrets += [secret, key.hash]
    await house.keep_roles.create(su, "auditors", ["audit_view"], None, SOMEWHERE)
    await house.keep_roles.change(su, "auditors", [], None, SOMEWHERE)
    await house.keep_roles.remove(su, "auditors", SOMEWHERE)
    await house.create_user(su, SOMEWHERE, username="bert", password=PASSWORD, role="user")
    await house.change(su, anna.id, password=SECOND_PASSWORD)
    await house.change_password(owner, SECOND_PASSWORD, THIRD_PASSWORD, SOMEWHERE)
    secrets += await with_a_second_factor(house, owner)
    secrets += [user.password_hash for user in house.rows.rows.users.values() if user.password_hash]
    await house.delete_user(su, anna.id, SOMEWHERE)
    return [*secrets, *house.rows.rows.refresh_tokens, *house.rows.secrets.values()]


async def with_a_second_factor(house: House, caller: UserCaller) -> list[str]:
    told = await house.begin_totp(caller)
    codes = [code_at(base64.b32decode(told.secret), int(house.clock.now().timestamp()) // 30)]
    codes += await house.confirm_totp(caller, codes[0], SOMEWHERE)
    await house.end_totp(caller, THIRD_PASSWORD, codes[1], SOMEWHERE)
    link = await house.make_sign_in_code("anna")
    return [told.secret, *codes, link.code]


async def test_everything_is_remembered_and_no_secret_with_it(house: House) -> None:
    secrets = await a_busy_day(house)
    lines = await house.lines()
    not_of_people = {
        AuditAction.ASSET_PRESIGNED, AuditAction.ASSET_COMPLETED, AuditAction.ASSET_DELETED,
        AuditAction.PROJECT_CHANGED, AuditAction.PROJECT_DELETED, AuditAction.PROJECT_RESTORED,
        AuditAction.PROJECT_ERASED, AuditAction.ORIGINALS_DELETED, AuditAction.KEY_CHANGED, AuditAction.KEY_DELETED,
        AuditAction.FILE_DELETED, AuditAction.ENTITY_DELETED,
    }  # fmt: skip
    by_provider = {action for action in AuditAction if action.name.startswith("IDENTITY")}
    assert {line.action for line in lines} == set(AuditAction) - not_of_people - by_provider
    told = json.dumps([[line.subject, dict(line.payload), repr(line)] for line in lines], default=str)
    assert [secret for secret in secrets if secret in told] == []


async def test_lines_about_projects_name_the_project(house: House) -> None:
    await a_busy_day(house)
    (project,) = house.rows.rows.projects
    about = {line.action for line in await house.lines() if line.project_id == project}
    assert about == {AuditAction.PROJECT_CREATED, AuditAction.KEY_CREATED}
