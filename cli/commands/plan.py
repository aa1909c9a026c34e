"""`omoctl plan`: one run of the inventory planner over the running fleet's database."""

import os
import subprocess
import sys
from typing import Annotated

import typer

from cli.fleet import foreground, running
from cli.fleet.plan import service_secret
from cli.stack.home import CLONE, Home
from kit.settings import child_environment

_MODULE = "services.inventory.planner"
_SERVICE = "inventory"


def register(app: typer.Typer) -> None:
    app.command()(plan)


def plan(
    run_id: Annotated[str, typer.Option(help="A run that is done is not done again; empty: one a day.")] = "",
    memory_mb: Annotated[int, typer.Option(help="The planner bounds itself to so many MiB.")] = 2048,
) -> None:
    """Forecast demand, suggest transfers and share out arriving lots; exits as the planner does."""
    home = Home.open()
    found = running.find(home)
    backing = foreground.backing(home, found.servers, external=found.external)
    told = {
        "ENV": found.profile,
        "NAME": "planner",
        "RUN_ID": run_id,
        "MEMORY_MB": str(memory_mb),
        "POSTGRES_DSN": backing.postgres(_SERVICE),
        "VALKEY_URL": backing.valkey(_SERVICE),
        "SERVICE_SECRET": service_secret(home, _SERVICE),
        **found.settings,
    }
    ways = {"PYTHONPATH": f"{CLONE}{os.pathsep}{CLONE / 'gen'}", "OPENBLAS_NUM_THREADS": "1"}
    environment = child_environment(**{f"OMO_{key}": value for key, value in told.items()}, **ways)
    done = subprocess.run([sys.executable, "-m", _MODULE], env=environment, cwd=CLONE, check=False)
    raise typer.Exit(done.returncode)
