"""The databases and roles of the four services."""

import asyncpg

from cli.stack.home import Home

SERVICES = ("member", "order", "inventory", "attribution")
# A service's sessions give up early: a stuck one must never hold a lock or a snapshot for long.
_SETTINGS = {
    "idle_in_transaction_session_timeout": "5s",
    "transaction_timeout": "15s",
    "statement_timeout": "1500ms",
    "lock_timeout": "500ms",
}


def database_of(service: str) -> str:
    return f"omo_{service}"


def owner_of(service: str) -> str:
    """The role that migrates: it owns the database and everything in it."""
    return f"omo_{service}_owner"


def role_of(service: str) -> str:
    """The role that the service runs as: it reads and writes rows, and may not change the schema."""
    return f"omo_{service}"


def dsn(home: Home, role: str, place: str, database: str) -> str:
    """The address of a database for a role, whose password is made at the first call; `place` is host:port."""
    return f"postgresql://{role}:{home.secret(f'postgres-{role}')}@{place}/{database}"


async def provision(home: Home, admin_dsn: str) -> None:
    """Makes what is missing of roles and databases; repeated, it only sets the passwords that the home knows."""
    connection = await asyncpg.connect(admin_dsn, timeout=5)
    try:
        for service in SERVICES:
            await _role(connection, owner_of(service), home.secret(f"postgres-{owner_of(service)}"))
            await _role(connection, role_of(service), home.secret(f"postgres-{role_of(service)}"))
            for name, value in _SETTINGS.items():
                await connection.execute(f"ALTER ROLE {role_of(service)} SET {name} = '{value}'")
            await create(connection, service, database_of(service))
    finally:
        await connection.close()


async def create(connection: asyncpg.Connection, service: str, database: str, template: str = "template0") -> None:
    """A database for a service, unless it is there: only its two roles may connect."""
    if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
        return
    await connection.execute(f'CREATE DATABASE "{database}" OWNER {owner_of(service)} TEMPLATE "{template}"')
    await connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
    await connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {role_of(service)}')


async def _role(connection: asyncpg.Connection, role: str, password: str) -> None:
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        await connection.execute(f"CREATE ROLE {role} LOGIN")
    # Passwords are hex of our own making: nothing to quote.
    await connection.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
