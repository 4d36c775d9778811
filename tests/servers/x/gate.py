"""The gate before the API: who asks, may they, is the request as described, is there a limit, which fault strikes; and
whether the answer is as described."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from tests.servers.strict import PROBLEM, Description, Operation, Violation

from .faults import Fault, Faults, other_types
from .limits import Limit, Limits
from .problems import UNDESCRIBED, Problem
from .proving import Caller, admit, caller
from .state import State

type Answer = tuple[int, dict[str, Any]] | Response
type Handler = Callable[[Call], Answer | Awaitable[Answer]]
JSON = "application/json"
log = logging.getLogger("tests.servers.x")


@dataclass(frozen=True, slots=True)
class Call:
    """One request that may be answered. `body` holds JSON's fields, or a form's (files as bytes)."""

    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def user(self) -> str:
        return self.caller.user


@dataclass(frozen=True, slots=True)
class Served:
    """An operation that this server has: `path` as the description writes it."""

    method: str
    path: str
    answer: Handler
    limit: Limit

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def match(self, method: str, path: str) -> dict[str, str] | None:
        ours, theirs = self.path.split("/"), path.split("/")
        if method != self.method or len(ours) != len(theirs):
            return None
        pairs = list(zip(ours, theirs, strict=True))
        if any(one != other for one, other in pairs if not one.startswith("{")):
            return None
        return {one[1:-1]: other for one, other in pairs if one.startswith("{")}


@dataclass
class Gate:
    state: State
    served: Sequence[Served]
    description: Description | None
    limits: Limits
    faults: Faults = field(default_factory=Faults)
    violations: list[str] = field(default_factory=list)  # of our own answers: none, or the server is wrong
    asked: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            answer = await self._admitted(request)
        except Problem as problem:
            answer = self._refusal(request, problem)
        await answer(scope, receive, send)

    async def _admitted(self, request: Request) -> Response:
        """Raises Problem."""
        raw = await request.body()
        one = self._caller(request, raw)
        operation, served, path = self._find(request)
        admit(one, operation)
        call = Call(one, path, dict(request.query_params), await self._checked(request, operation, raw))
        self.asked.append(served.name)
        fault = self.faults.take(request.method)
        if fault and fault.kind == "limit":
            self.limits.block(served.name, one.limited_as, fault.seconds)
        told = self.limits.take(served.name, one.limited_as, served.limit, self.faults.skew)
        if fault and fault.kind == "hang_before":
            return await _silence(fault.seconds)
        if fault and fault.kind == "error":
            raise Problem(500, "Internal Error", "Something went wrong", "https://api.x.com/2/problems/internal-error")
        answer = await self._answer(served, call, operation)
        answer.headers.update(told)
        if one.scheme == "UserToken":
            answer.headers["x-access-level"] = "read-write-directmessages"
        return await self._struck(fault, answer) if fault else answer

    def _caller(self, request: Request, raw: bytes) -> Caller:
        url = f"{request.url.scheme}://{request.url.netloc}{request.url.path}"
        mime = request.headers.get("content-type", "")
        form = raw if mime.startswith("application/x-www-form-urlencoded") else b""
        told = request.headers.get("authorization", "")
        return caller(self.state, request.method, url, request.url.query, told, form, self.faults.skew)

    def _find(self, request: Request) -> tuple[Operation | None, Served, dict[str, str]]:
        path = request.url.path
        operation = None
        if self.description is not None:
            try:
                operation = self.description.operation(request.method, path)
                self.description.check_path(operation, path)
                self.description.check_query(operation, _query(request))
            except Violation as why:
                raise Problem.invalid(str(why), why.parameter) from why
        for served in self.served:
            found = served.match(request.method, path)
            if found is not None and (operation is None or served.path == operation.path):
                return operation, served, found
        raise Problem(404, "Not Found", "Not Found")

    async def _checked(self, request: Request, operation: Operation | None, raw: bytes) -> dict[str, Any]:
        mime = request.headers.get("content-type", "").partition(";")[0].strip()
        body = await _body(request, mime, raw)
        if self.description is not None and operation is not None:
            try:
                self.description.check_body(operation, mime, body)
            except Violation as why:
                raise Problem.invalid(str(why)) from why
        return body or {}

    async def _answer(self, served: Served, call: Call, operation: Operation | None) -> Response:
        found = served.answer(call)
        answer = await found if inspect.isawaitable(found) else found
        self.state.save()
        if isinstance(answer, Response):
            return answer
        status, data = answer
        self._held(operation, status, JSON, data)
        return Response(orjson.dumps(data), status, media_type=JSON)

    def _held(self, operation: Operation | None, status: int, mime: str, data: dict[str, Any]) -> None:
        """Our own answers keep to the description too; one that does not is kept for the tests to find."""
        if self.description is None or operation is None or data.get("type") in UNDESCRIBED:
            return
        try:
            self.description.check_answer(operation, status, mime, data)
        except Violation as why:
            self.violations.append(f"{operation.method} {operation.path}: {why}")
            log.error("our own answer is wrong: %s", self.violations[-1])

    def _refusal(self, request: Request, problem: Problem) -> Response:
        try:
            operation = self.description and self.description.operation(request.method, request.url.path)
        except Violation:
            operation = None
        self._held(operation or None, problem.status, PROBLEM, problem.data)
        return Response(orjson.dumps(problem.data), problem.status, problem.headers, media_type=PROBLEM)

    async def _struck(self, fault: Fault, answer: Response) -> Response:
        """The deed is done; this is what is heard of it."""
        if fault.kind == "hang_after":
            return await _silence(fault.seconds)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if isinstance(answer, StreamingResponse):
            return answer
        body = bytes(answer.body)
        if fault.kind == "error_after":
            return Response("<html>503 Service Unavailable</html>", 503, media_type="text/html")
        if fault.kind == "html":
            return Response("<!doctype html><html><body>Something went wrong. Try reloading.</body></html>", 200)
        if fault.kind in ("empty", "half"):
            left = body[: len(body) // 2] if fault.kind == "half" else b""
            return Response(left, answer.status_code, media_type=JSON)
        if fault.kind == "types":
            return Response(orjson.dumps(other_types(orjson.loads(body))), answer.status_code, media_type=JSON)
        return answer


async def _silence(seconds: float) -> Response:
    """Longer than anybody waits."""
    await asyncio.sleep(seconds)
    return Response(status_code=504)


def _query(request: Request) -> dict[str, list[str]]:
    return {name: request.query_params.getlist(name) for name in request.query_params}


async def _body(request: Request, mime: str, raw: bytes) -> dict[str, Any] | None:
    """None where there is none. Raises Problem for what is no JSON object."""
    if not raw:
        return None
    if mime == "multipart/form-data":
        form = await request.form(max_part_size=8 * 1024 * 1024)
        fields = {name: await one.read() if isinstance(one, UploadFile) else one for name, one in form.items()}
        index = fields.get("segment_index")
        return {**fields, "segment_index": int(index)} if isinstance(index, str) and index.isdecimal() else fields
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Problem.invalid("The body is not JSON") from error
    if not isinstance(body, dict):
        raise Problem.invalid("The body is no JSON object")
    return body
