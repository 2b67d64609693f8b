"""The superuser's door to accounts and roles."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from application.identity.change_user import ChangeUser
from application.identity.create_user import CreateUser
from application.identity.delete_user import DeleteUser
from application.identity.keep_roles import KeepRoles
from application.ports.roles import RoleReads
from application.ports.users import UserReads
from domain.access import UserCaller, may_see_user, require_superuser
from domain.errors import Forbidden
from domain.identity import LastSuperuser, NotToOneself, UserMissing, UsernameTaken
from domain.roles import RoleMissing, RoleTaken
from entrypoints.http.log_context import add_context
from entrypoints.http.operations import Auth, Op
from entrypoints.http.origin import origin_of
from entrypoints.http.schemas.identity import (
    MessageBody,
    NewRoleBody,
    NewUserBody,
    RoleBody,
    RoleChangesBody,
    RolePath,
    UserBody,
    UserChangesBody,
    UserPath,
)
from entrypoints.http.schemas.pages import PageBody, PageQuery, page_body, slice_of


@dataclass(frozen=True, slots=True)
class UsersDoor:
    """Accounts, and the roles they may hold."""

    create_user: CreateUser
    change_user: ChangeUser
    delete_user: DeleteUser
    keep_roles: KeepRoles
    users: UserReads
    roles: RoleReads
    tag: str = "User Management"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        user, one, role = Auth.USER, "/users/{user_id}", "/roles/{name}"
        missing = (Forbidden, UserMissing)
        refused = (*missing, NotToOneself, LastSuperuser)
        taken = (Forbidden, UsernameTaken)
        no_role = (Forbidden, RoleMissing)
        return (
            Op("GET", "/users", self.list_users, "User", auth=user, errors=(Forbidden,)),
            Op("POST", "/users", self.add_user, "User", 201, auth=user, errors=taken, replayed=True),
            Op("GET", one, self.get_user, "User", auth=user, errors=missing),
            Op("PATCH", one, self.patch_user, "User", auth=user, errors=(*refused, UsernameTaken)),
            Op("DELETE", one, self.remove_user, "User", auth=user, errors=refused),
            Op("GET", "/roles", self.list_roles, "Role", auth=user, errors=(Forbidden,)),
            Op("POST", "/roles", self.add_role, "Role", 201, auth=user, errors=(Forbidden, RoleTaken), replayed=True),
            Op("GET", role, self.get_role, "Role", auth=user, errors=no_role),
            Op("PUT", role, self.put_role, "Role", auth=user, errors=no_role),
            Op("DELETE", role, self.remove_role, "Role", auth=user, errors=no_role),
        )

    async def list_users(self, caller: UserCaller, query: PageQuery) -> PageBody[UserBody]:
        """Every account, newest first."""
        require_superuser(caller)
        page = await self.users.page(query.request())
        add_context(count=len(page.items))
        return page_body(page, [UserBody.of(user) for user in page.items])

    async def add_user(self, caller: UserCaller, request: Request, body: NewUserBody) -> UserBody:
        """Make an account of the role `admin` or `user`; only the command line makes superusers."""
        user = await self.create_user(caller, origin_of(request, caller), **body.model_dump())
        add_context(created=user.username)
        return UserBody.of(user)

    async def get_user(self, caller: UserCaller, path: UserPath) -> UserBody:
        """An account: any for the superuser, for others their own."""
        user = await self.users.get(path.user_id) if may_see_user(caller, path.user_id) else None
        if user is None:
            raise UserMissing("there is no such user")
        return UserBody.of(user)

    async def patch_user(self, caller: UserCaller, request: Request, path: UserPath, body: UserChangesBody) -> UserBody:
        """Change an account; what changes its powers ends its sessions."""
        changed = await self.change_user(caller, path.user_id, body.changes(), origin_of(request, caller))
        return UserBody.of(changed)

    async def remove_user(self, caller: UserCaller, request: Request, path: UserPath) -> MessageBody:
        """Remove an account; its projects go into the bin."""
        await self.delete_user(caller, path.user_id, origin_of(request, caller))
        return MessageBody(message="User deleted successfully")

    async def list_roles(self, caller: UserCaller, query: PageQuery) -> PageBody[RoleBody]:
        """Every named role, by name."""
        require_superuser(caller)
        page = slice_of(await self.roles.all(), query.request())
        return page_body(page, [RoleBody.of(role) for role in page.items])

    async def add_role(self, caller: UserCaller, request: Request, body: NewRoleBody) -> RoleBody:
        """Make a named role."""
        origin = origin_of(request, caller)
        return RoleBody.of(await self.keep_roles.create(caller, body.name, body.permissions, body.description, origin))

    async def get_role(self, caller: UserCaller, path: RolePath) -> RoleBody:
        """One named role."""
        require_superuser(caller)
        role = await self.roles.get(path.name)
        if role is None:
            raise RoleMissing("there is no such role")
        return RoleBody.of(role)

    async def put_role(self, caller: UserCaller, request: Request, path: RolePath, body: RoleChangesBody) -> RoleBody:
        """Change what a named role allows; whoever holds it signs in again."""
        origin = origin_of(request, caller)
        return RoleBody.of(await self.keep_roles.change(caller, path.name, body.permissions, body.description, origin))

    async def remove_role(self, caller: UserCaller, request: Request, path: RolePath) -> MessageBody:
        """Remove a named role from everybody."""
        await self.keep_roles.remove(caller, path.name, origin_of(request, caller))
        return MessageBody(message="Role deleted successfully")
