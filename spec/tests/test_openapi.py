"""The contract is a valid document, its examples follow their schemas, and it keeps the house's rules."""

from __future__ import annotations

import re
import struct
from collections import Counter
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from contract import OPERATIONS, SPEC, Operation, complaints, deref, follow, responses, walk

JSON, MSGPACK = "application/json", "application/vnd.msgpack"
SUCCESS = ("200", "204")
SILENT_IN_2016 = ("env_monitor_start", "env_monitor_close", "env_close", "upload", "shutdown")

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


def examples_of(pointer: str) -> list[tuple[str, Any]]:
    """The examples, with their names, of the parameter, header or media type at `pointer`."""
    node = follow(pointer)
    found = [("example", node["example"])] if "example" in node else []
    for name in node.get("examples", {}):
        found.append((name, deref(f"{pointer}/examples/{name}")[1]["value"]))
    return found


def carriers() -> list[str]:
    """Pointers to everything that has a schema and may have examples: parameters, headers, media types."""
    return [
        pointer
        for pointer, node in walk(SPEC)
        if isinstance(node, dict) and "schema" in node and "/components/schemas/" not in pointer
    ]


def test_the_document_is_valid_openapi_31() -> None:
    assert SPEC["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(SPEC).validate()


@pytest.mark.parametrize("pointer", [pointer for pointer in carriers() if examples_of(pointer)])
def test_examples_follow_their_schema(pointer: str) -> None:
    for name, value in examples_of(pointer):
        assert complaints(f"{pointer}/schema", value) == [], f"example {name!r}"


def test_operation_ids_are_unique() -> None:
    counts = Counter(operation.name for operation in OPERATIONS)
    assert [name for name, count in counts.items() if count > 1] == []


@each_operation
def test_operation_says_what_it_is(operation: Operation) -> None:
    item = operation.item
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", item["operationId"])
    assert item["summary"].strip()
    assert not item["summary"].endswith(".")
    assert item["description"].strip().endswith(".")
    assert set(item["tags"]) <= {tag["name"] for tag in SPEC["tags"]}


@each_operation
def test_every_status_has_an_example(operation: Operation) -> None:
    for status, pointer, response in responses(operation):
        assert response["description"].strip()
        media = [f"{pointer}/content/{name.replace('/', '~1')}" for name in response["content"]]
        assert any(examples_of(each) for each in media), f"{status} has no example"


@each_operation
def test_every_operation_has_the_statuses_that_its_kind_must_have(operation: Operation) -> None:
    statuses = set(operation.item["responses"])
    expected = {"200", "401", "403"}
    if "{instance_id}" in operation.path:
        expected |= {"400", "410"}
    if operation.method == "post":
        expected |= {"409", "413"}
    assert expected <= statuses
    assert not statuses & {"404", "405", "415"}, "a status that belongs to no operation"
    silent = {"204"} if operation.name in SILENT_IN_2016 else set()
    assert {status for status in statuses if status.startswith("2")} == {"200"} | silent, "success is exactly 200"


@each_operation
def test_error_schemas_fit_their_status(operation: Operation) -> None:
    for status, pointer, response in responses(operation):
        if status in SUCCESS:
            continue
        for name, media in response["content"].items():
            assert media["schema"] == {"$ref": f"#/components/schemas/Error{status}"}, f"{pointer} {name}"


def error_responses() -> list[str]:
    found = {pointer for op in OPERATIONS for status, pointer, _ in responses(op) if status not in SUCCESS}
    found |= {reply["$ref"] for status, reply in SPEC["x-responses-of-no-operation"].items() if status.isdigit()}
    return sorted(found)


@pytest.mark.parametrize("pointer", error_responses())
def test_error_examples_are_named_by_their_code(pointer: str) -> None:
    """So the names of a response's examples are the codes that it may bear."""
    for name, value in examples_of(f"{pointer}/content/application~1json"):
        assert value["code"] == name


def test_every_code_is_shown_by_an_example() -> None:
    shown = {name for pointer in error_responses() for name, _ in examples_of(f"{pointer}/content/application~1json")}
    schemas = SPEC["components"]["schemas"]
    codes = {
        code
        for name, schema in schemas.items()
        if re.fullmatch(r"Error\d+", name)
        for code in schema["properties"]["code"]["enum"]
    }
    assert shown == codes


def test_descriptions_explain_every_code_of_a_status() -> None:
    for name, schema in SPEC["components"]["schemas"].items():
        if re.fullmatch(r"Error\d+", name) and "description" in schema:
            explained = re.findall(r"^\| `(\w+)` \|", schema["description"], flags=re.MULTILINE)
            assert explained == schema["properties"]["code"]["enum"], name


def test_every_document_comes_in_both_encodings_under_one_schema() -> None:
    contents = [
        (pointer, node["content"]) for pointer, node in walk(SPEC) if isinstance(node, dict) and "content" in node
    ]
    assert contents
    for pointer, content in contents:
        if JSON in content:
            assert content[JSON]["schema"] == content[MSGPACK]["schema"], pointer
            assert "$ref" in content[JSON]["schema"], f"{pointer}: the schema belongs in components"


@each_operation
def test_a_key_against_repetition_goes_with_every_post_and_no_get(operation: Operation) -> None:
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    headers = operation.item["responses"]["200"]
    replayed = deref(headers["$ref"])[1] if "$ref" in headers else headers
    assert (key in operation.item.get("parameters", [])) == (operation.method == "post")
    assert ("Idempotent-Replayed" in replayed.get("headers", {})) == (operation.method == "post")


@each_operation
def test_path_parameters_are_those_of_the_path(operation: Operation) -> None:
    parameters = [deref(each["$ref"])[1] if "$ref" in each else each for each in operation.shared]
    assert [each["name"] for each in parameters] == re.findall(r"{(\w+)}", operation.path)


@each_operation
def test_success_never_has_a_message(operation: Operation) -> None:
    content = deref(f"#/paths/{operation.path.replace('/', '~1')}/{operation.method}/responses/200")[1]["content"]
    if JSON not in content:
        return
    schema = content[JSON]["schema"]["$ref"]
    for example in content[JSON]["examples"].values():
        assert complaints(schema, {**example["value"], "message": "no"}) != []


def test_the_token_is_wanted_only_where_the_server_asks_for_it() -> None:
    assert SPEC["security"] == [{"bearer": []}, {}]
    assert SPEC["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert not [operation.name for operation in OPERATIONS if "security" in operation.item]


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    outside = {key: node for key, node in SPEC.items() if key != "components"}
    used: set[str] = set()
    waiting = [node["$ref"] for _, node in walk(outside) if isinstance(node, dict) and "$ref" in node]
    while waiting:
        pointer = waiting.pop()
        if pointer not in used:
            used.add(pointer)
            inside = walk(follow(pointer))
            waiting += [node["$ref"] for _, node in inside if isinstance(node, dict) and "$ref" in node]
    components = {
        f"#/components/{kind}/{name}"
        for kind, members in SPEC["components"].items()
        if kind != "securitySchemes"
        for name in members
    }
    assert used == components


def test_spaces_are_told_apart_by_name() -> None:
    schemas = SPEC["components"]["schemas"]
    space = schemas["Space"]
    *known, unknown = [each["$ref"].rsplit("/", 1)[-1] for each in space["oneOf"]]
    assert unknown == "UnknownSpace"
    assert [schemas[name]["properties"]["name"] for name in known] == [{"const": name} for name in known]
    assert schemas[unknown]["properties"]["name"]["not"] == {"enum": known}
    assert space["discriminator"]["mapping"] == {name: f"#/components/schemas/{name}" for name in known}


def test_the_worked_array_is_the_one_it_stands_for() -> None:
    example = SPEC["x-ndarray"]["example"]
    data = bytes.fromhex(example["dataHex"])
    assert list(struct.unpack("<4f", data)) == example["json"]
    packed = bytes.fromhex(example["messagePackHex"])
    dtype = example["dtype"].encode()
    assert packed == b"\x84\xab__ndarray__\xc3\xa5dtype\xa3" + dtype + b"\xa5shape\x91\x04\xa4data\xc4\x10" + data


def test_aliases_are_not_paths_of_their_own() -> None:
    for operation in OPERATIONS:
        for alias in operation.item.get("x-aliases", []):
            assert alias.startswith("/")
            assert alias not in SPEC["paths"]
