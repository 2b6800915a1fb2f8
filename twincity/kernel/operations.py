"""Operations: what an operator or steward can make a node do, by command line, script or page alike.

A unit registers a function with typed parameters; the command line runs it in the node that is up, through its operator
door, or in its own process when the node is down. So there is one implementation, one permission, one audit line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec

from twincity.kernel.problems import INVALID, NOT_FOUND, Problem


@dataclass(frozen=True, slots=True)
class Operation:
    """A named function over one msgspec structure."""

    name: str
    run: Callable[[Any], Any]
    parameters: type[msgspec.Struct]
    summary: str


_operations: dict[str, Operation] = {}


def operation(name: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Register ``function(parameters: SomeStruct) -> JSON value`` under a dotted name."""

    def register(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        if name in _operations:
            raise ValueError(f"operation {name} is registered twice")
        hints = get_type_hints(function)
        parameters = next(hint for key, hint in hints.items() if key != "return")
        summary = (function.__doc__ or "").strip().splitlines()[0]
        _operations[name] = Operation(name, function, parameters, summary)
        return function

    return register


def operations() -> list[Operation]:
    """All operations by name."""
    return [_operations[name] for name in sorted(_operations)]


def perform(name: str, arguments: Any) -> Any:
    """Run an operation on JSON arguments and return a JSON value.

    Raises:
        Problem: ``not-found``, ``invalid``, or what the operation itself refuses.
    """
    found = _operations.get(name)
    if found is None:
        raise Problem(NOT_FOUND, field="operation", what=f"operation {name}")
    try:
        parameters = msgspec.convert(arguments, found.parameters)
    except msgspec.ValidationError as error:
        raise Problem(INVALID, field=name, name=name, reason=str(error)) from error
    return msgspec.to_builtins(found.run(parameters))
