"""What keeps tests quick and apart: unit tests meet no process, socket, server or running clock; none bends another."""

import ast
from collections.abc import Iterable, Iterator

from tests.house.tree import Source, imports

# what starts, connects, waits or searches; such a test belongs to tests/service or tests/properties
_MODULES = {
    "aiohttp", "duckdb", "granian", "hypothesis", "httpx", "multiprocessing", "nats", "redis", "socket", "sqlite3",
    "subprocess", "tempfile", "testcontainers", "threading",
    "cli.fleet", "cli.stack", "grpc_tools", "tests.harness", "tests.journeys", "tests.properties", "tests.service",
}  # fmt: skip
# modules with both sides: their names and errors are fine, these of them are not
_CALLS = {
    "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "asyncio.open_connection",
    "asyncio.start_server", "asyncio.to_thread", "asyncpg.connect", "asyncpg.create_pool", "contracts.run",
    "grpc.aio.insecure_channel", "grpc.aio.secure_channel", "grpc.aio.server", "os.fork", "os.system", "time.sleep",
}  # fmt: skip
_SERVED = {
    "database",
    "database_address",
    "databases",
    "fleet",
    "module_databases",
    "nats",
    "own_fleet",
    "servers",
    "valkey",
}


def _of_unit_tests(sources: Iterable[Source]) -> Iterator[Source]:
    return (source for source in sources if source.parts[:2] == ("tests", "unit"))


def _within(name: str, wanted: set[str]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:length]) in wanted for length in range(1, len(parts) + 1))


def heavy_imports(sources: Iterable[Source]) -> list[str]:
    """Imports of what a unit test has no use for."""
    return [
        f"{source.path}:{line} imports {name}: move the test to tests/service or tests/properties"
        for source in _of_unit_tests(sources)
        for line, name in imports(source)
        if _within(name, _MODULES)
    ]


def heavy_calls(sources: Iterable[Source]) -> list[str]:
    """Calls that start, connect or wait; a yield to the loop, `asyncio.sleep(0)`, is none."""
    return [
        f"{source.path}:{call.lineno} calls {name}"
        for source in _of_unit_tests(sources)
        for call in ast.walk(source.tree())
        if isinstance(call, ast.Call)
        for name in [ast.unparse(call.func)]
        if name in _CALLS or (name == "asyncio.sleep" and ast.unparse(call.args[0]) != "0")
    ]


def served_fixtures(sources: Iterable[Source]) -> list[str]:
    """Tests that ask for a server."""
    return [
        f"{source.path}:{node.lineno} asks for {argument.arg}"
        for source in _of_unit_tests(sources)
        for node in ast.walk(source.tree())
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        for argument in node.args.args
        if argument.arg in _SERVED
    ]


def patches_at_import(sources: Iterable[Source]) -> list[str]:
    """Names of other modules that change when a file is only imported; every later test would meet them."""
    return [
        f"{source.path}:{statement.lineno} changes another module when imported"
        for source in sources
        for statement in source.tree().body
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not _is_main(statement)
        if any(_patches(node) for node in ast.walk(statement))
    ]


def _is_main(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test)


def _patches(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Attribute) for target in node.targets)
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "setattr"
