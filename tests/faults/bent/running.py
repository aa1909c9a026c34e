"""Runs the service that this process was named after, once its module is bent."""

import os
import runpy


def run() -> None:
    """As `python -m services.<name>.main` would."""
    runpy.run_module(f"services.{os.environ['OMO_NAME']}.main", run_name="__main__")
