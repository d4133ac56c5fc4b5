"""Roles, and what each may do: whatever is not named here is denied.

A scope is `what:how`. A token can carry fewer scopes than its user's roles give,
never more.
"""

ROLES: dict[str, frozenset[str]] = {
    "prices": frozenset({"prices:read", "prices:write"}),
    "meters": frozenset(
        {"meters:read", "meters:write", "devices:read", "devices:write"}
    ),
    "accounts": frozenset({"accounts:read", "accounts:write"}),
    "analyst": frozenset(
        {
            "prices:read",
            "meters:read",
            "devices:read",
            "accounts:read",
            "usage:read",
            "statements:all",
        }
    ),
    "member": frozenset({"sites:own", "statements:own"}),
    "operator": frozenset(
        {
            "prices:read",
            "meters:read",
            "devices:read",
            "accounts:read",
            "usage:read",
            "statements:all",
            "sites:own",
            "sites:all",
            "log:read",
        }
    ),
}
SCOPES = frozenset[str]().union(*ROLES.values())


def scopes_of(roles: frozenset[str]) -> frozenset[str]:
    """Give what somebody with these roles may do.

    >>> sorted(scopes_of(frozenset({"member"})))
    ['sites:own', 'statements:own']
    """
    return frozenset[str]().union(*(ROLES.get(role, frozenset()) for role in roles))


def roles_with(scope: str) -> list[str]:
    """Name the roles that may do something.

    >>> roles_with("prices:write")
    ['prices']
    """
    return sorted(role for role, scopes in ROLES.items() if scope in scopes)
