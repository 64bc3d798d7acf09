"""The packages that only experiments need, and that may be missing."""

from __future__ import annotations

import importlib
from typing import Any

from .errors import ExperimentError


def extra(module: str) -> Any:
    """A module of the optional packages.

    Raises
    ------
    ExperimentError
        Where it is not installed; the message says how it can be.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        hint = "install it with pip install 'articlegraph[experiments]'"
        raise ExperimentError(f"experiments need the package {module.partition('.')[0]}; {hint}") from error
