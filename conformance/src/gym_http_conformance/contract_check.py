"""Holding recorded traffic to the contract, both ways."""

from __future__ import annotations

from collections.abc import Iterator

from gym_http_conformance import wire
from gym_http_conformance.exchange import Exchange, Request, document
from gym_http_conformance.spec import JSON, Spec, explain

OF_NO_OPERATION = {404, 405, 415}


def request_violations(spec: Spec, exchange: Exchange, token: str | None) -> Iterator[str]:
    """What in a client's request is against the contract."""
    request = exchange.request
    operation = spec.route(request.method, request.target)
    if operation is None:
        yield f"{request.method} {request.target} is no route of the contract"
        return
    if token is not None and request.header("authorization") != f"Bearer {token}":
        yield f"the Authorization header is {request.header('authorization')!r}, expected the bearer token"
    if operation.method != "POST":
        return
    key = request.header("idempotency-key")
    if key is None or not 1 <= len(key) <= 255:
        yield "a POST without an Idempotency-Key of 1 to 255 characters"
    if not request.body or not request.whole:
        return
    media = wire.media_type(request.header("content-type"))
    if media not in {JSON, *wire.MSGPACK_TYPES}:
        yield f"a body with the Content-Type {media or 'of nothing'!r}"
    try:
        body = wire.plain(document(request.headers, request.body))
    except ValueError as error:
        yield f"the request's body does not decode: {error}"
        return
    if not isinstance(body, dict):
        yield f"the request's body is {body!r}, not an object"
    elif (validator := spec.request_validator(operation.id)) is not None:
        yield from (f"request: {explain(error)}" for error in validator.iter_errors(body))


def attempt_violations(spec: Spec, exchanges: list[Exchange], seen: dict[str, str], step: str) -> Iterator[str]:
    """Whether each operation of a step used one Idempotency-Key and one body in all its attempts, and a key that no
    earlier step used."""
    attempts: dict[str, list[Request]] = {}
    for exchange in exchanges:
        operation = spec.route(exchange.request.method, exchange.request.target)
        if operation is not None and operation.method == "POST":
            attempts.setdefault(operation.id, []).append(exchange.request)
    for requests in attempts.values():
        keys = {key for request in requests if (key := request.header("idempotency-key"))}
        if len(keys) > 1:
            yield "the attempts of one call carry different Idempotency-Keys"
        elif len({request.body for request in requests if request.whole}) > 1:
            yield "the attempts of one call carry different bodies"
        for key in keys:
            if seen.setdefault(key, step) != step:
                yield f"the Idempotency-Key {key} was used for another call before"


def reply_violations(spec: Spec, exchange: Exchange) -> Iterator[str]:
    """What in a server's reply is against the contract."""
    reply = exchange.reply
    if reply is None or exchange.forged:
        return
    operation = spec.route(exchange.request.method, exchange.request.target)
    if operation is None:
        if reply.status not in OF_NO_OPERATION and reply.status not in (401, 403):
            yield f"status {reply.status} for a request that is no route of the contract"
        return
    where = f"{operation.id}'s {reply.status}"
    encoding = (reply.header("content-encoding") or "identity").lower()
    if encoding not in {"identity", *wire.tokens(exchange.request.header("accept-encoding"))}:
        yield f"{where} came with Content-Encoding {encoding}, which the request's Accept-Encoding does not offer"
        return
    if reply.status in OF_NO_OPERATION:
        return
    if reply.status not in operation.statuses:
        documented_statuses = ", ".join(map(str, operation.statuses))
        yield f"status {reply.status} is not one that {operation.id} documents ({documented_statuses})"
        return
    media = wire.media_type(reply.header("content-type"))
    documented = spec.response_content(operation.id, reply.status)
    if media not in documented:
        yield f"{where} came as {media or 'nothing'!r}, documented are {', '.join(documented)}"
        return
    if media not in {JSON, wire.MSGPACK}:
        return
    try:
        body = wire.plain(document(reply.headers, reply.body))
    except ValueError as error:
        yield f"{where} does not decode: {error}"
        return
    if reply.status == 200 and isinstance(body, dict) and "message" in body:
        yield f"{where} holds a 'message', which only failures do"
    validator = spec.response_validator(operation.id, reply.status, media)
    if validator is not None:
        yield from (f"{where}: {explain(error)}" for error in validator.iter_errors(body))
