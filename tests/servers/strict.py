"""A published OpenAPI description (3.0), held against every request that a test server gets and every answer it gives.

The descriptions are not ours to hand on, so they are not part of the repository: `described` finds them beside the
checkout. Without one a server goes on, and says loudly that nobody looks.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from jsonschema import Draft202012Validator, FormatChecker

REPOSITORY = Path(__file__).resolve().parents[2]
METHODS = ("get", "put", "post", "delete", "patch")
PROBLEM = "application/problem+json"
type Schema = dict[str, Any]


class Violation(Exception):
    """A request or an answer that the description does not allow; `parameter` is where, "" in a body."""

    def __init__(self, why: str, parameter: str = "") -> None:
        super().__init__(why)
        self.parameter = parameter


def data() -> Path:
    """The folder of what is not part of the repository."""
    shared = os.environ.get("KIKITE_SHARED")
    return (Path(shared) if shared else REPOSITORY.parent / "shared") / "data"


@cache
def described(name: str) -> Description | None:
    """The description `networks/<name>.openapi.json.gz`, or None where it is not there."""
    path = data() / "networks" / f"{name}.openapi.json.gz"
    return Description(orjson.loads(gzip.decompress(path.read_bytes()))) if path.exists() else None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `security` are the ways in, any of which will do: scheme to its scopes."""

    method: str
    path: str
    query: Mapping[str, Schema]
    needed: frozenset[str]
    bodies: Mapping[str, Schema]  # media type to schema
    body_needed: bool
    answers: Mapping[str, Mapping[str, Schema]]  # status to media type to schema
    security: tuple[Mapping[str, tuple[str, ...]], ...]
    path_schemas: Mapping[str, Schema] = field(default_factory=dict)


class Description:
    def __init__(self, document: dict[str, Any]) -> None:
        self._components: dict[str, Any] = _as_json_schema(document["components"])
        self._closed: dict[str, Any] = _closed(self._components)
        self._operations = sorted(self._read(document), key=lambda one: one.path.count("{"))
        self._paths = [(_pattern(one.path), one) for one in self._operations]

    def _read(self, document: dict[str, Any]) -> Iterable[Operation]:
        for path, item in document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield self._operation(method, path, item[method], document)

    def _operation(self, method: str, path: str, told: dict[str, Any], document: dict[str, Any]) -> Operation:
        parameters = [self._parameter(one, document) for one in told.get("parameters", [])]
        body = told.get("requestBody", {})
        return Operation(
            method=method.upper(),
            path=path,
            query={one["name"]: _as_json_schema(one["schema"]) for one in parameters if one["in"] == "query"},
            needed=frozenset(one["name"] for one in parameters if one["in"] == "query" and one.get("required")),
            bodies=_contents(body),
            body_needed=bool(body.get("required")),
            answers={status: _contents(answer) for status, answer in told["responses"].items()},
            security=tuple({name: tuple(scopes) for name, scopes in one.items()} for one in told.get("security", [])),
            path_schemas={one["name"]: _as_json_schema(one["schema"]) for one in parameters if one["in"] == "path"},
        )

    @staticmethod
    def _parameter(told: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
        name = told.get("$ref", "").rpartition("/")[2]
        found: dict[str, Any] = document["components"]["parameters"][name] if name else told
        return found

    def operation(self, method: str, path: str) -> Operation:
        """The operation at this address. Raises Violation where none is described."""
        found = [one for pattern, one in self._paths if one.method == method and pattern.fullmatch(path)]
        if not found:
            raise Violation(f"{method} {path} is not in the description")
        return found[0]

    def check_query(self, operation: Operation, given: Mapping[str, list[str]]) -> None:
        """Raises Violation for an unknown parameter, one that is missing, given twice, or wrong."""
        for name in operation.needed - given.keys():
            raise Violation(f"The query parameter [{name}] can not be empty", name)
        for name, values in given.items():
            if name not in operation.query:
                known = ",".join(sorted(operation.query))
                raise Violation(f"The query parameter [{name}] is not one of [{known}]", name)
            if len(values) > 1:
                raise Violation(f"The query parameter [{name}] is given twice", name)
            schema = operation.query[name]
            self._check(schema, _coerced(schema, values[0]), f"The `{name}` query parameter value", name)

    def check_path(self, operation: Operation, path: str) -> None:
        """Raises Violation for a part of the address that does not look as described."""
        found = _pattern(operation.path).fullmatch(path)
        for name, value in (found.groupdict() if found else {}).items():
            self._check(operation.path_schemas.get(name, {}), value, f"The `{name}` path parameter value", name)

    def check_body(self, operation: Operation, mime: str, body: object) -> None:
        """`body` is None where there is none. Raises Violation."""
        if body is None:
            if operation.body_needed:
                raise Violation("The request needs a body")
            return
        if not operation.bodies:
            raise Violation("The request takes no body")
        if mime not in operation.bodies:
            raise Violation(f"The body is {mime or 'of no type'}, not one of {', '.join(operation.bodies)}")
        self._check(operation.bodies[mime], body, "The body", "", closed=True)

    def check_answer(self, operation: Operation, status: int, mime: str, body: object) -> None:
        """Raises Violation for an answer that the description does not have, also for a field that it does not name.

        Errors are described too loosely to be closed: they may say more than they must.
        """
        contents = operation.answers.get(str(status)) or operation.answers.get("default", {})
        if mime not in contents:
            raise Violation(f"an answer {status} of type {mime} is not described")
        self._check(contents[mime], body, f"the answer {status}", "", closed=status < 400)

    def check_event(self, operation: Operation, body: object) -> None:
        """One line of a stream. Raises Violation for fields that are there and wrong; others may be there as well."""
        self._check(operation.answers["200"]["application/json"], body, "the event", "")

    def _check(self, schema: Schema, value: object, what: str, parameter: str, *, closed: bool = False) -> None:
        schema = _closed(schema) if closed else schema
        whole = {**schema, "components": self._closed if closed else self._components}
        errors = sorted(Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(value), key=str)
        if errors:
            where = "/".join(str(part) for part in errors[0].absolute_path)
            raise Violation(f"{what}{f' at {where}' if where else ''}: {errors[0].message[:300]}", parameter)


def _contents(told: dict[str, Any]) -> dict[str, Schema]:
    return {mime: _as_json_schema(one.get("schema", {})) for mime, one in told.get("content", {}).items()}


def _pattern(path: str) -> re.Pattern[str]:
    literal = re.split(r"\{(\w+)\}", path)
    return re.compile(
        "".join(re.escape(part) if i % 2 == 0 else f"(?P<{part}>[^/]+)" for i, part in enumerate(literal))
    )


def _coerced(schema: Schema, text: str) -> object:
    """What a query's text says, by the schema's type; the text itself where it cannot say that."""
    kind = schema.get("type")
    if kind == "array":
        return text.split(",")
    if kind == "integer":
        return int(text) if re.fullmatch(r"-?\d{1,18}", text) else text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def _as_json_schema(value: Any) -> Any:
    """OpenAPI 3.0 says `nullable`, JSON Schema a second type. Files are bytes, which have no JSON type at all."""
    if isinstance(value, list):
        return [_as_json_schema(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("format") in ("binary", "byte"):
        return {}
    made = {name: _as_json_schema(one) for name, one in value.items() if name not in ("nullable", "discriminator")}
    if value.get("nullable") is True and isinstance(value.get("type"), str):
        made["type"] = [value["type"], "null"]
    return made


def _closed(value: Any) -> Any:
    """The same schemas, in which an object has no other fields than those that are named."""
    if isinstance(value, list):
        return [_closed(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: _closed(one) for name, one in value.items()}
    if isinstance(value.get("properties"), dict) and value.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made
