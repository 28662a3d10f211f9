"""The files that the suite ships: cases, schema, targets, known failures and the contract."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml

PACKAGED = Path(__file__).parent / "data"
SUITE = Path(__file__).parents[2]
REPOSITORY = SUITE.parent


def root() -> Path:
    """Where the drivers of targets.yaml run: the root of the checkout, or for a wheel the current directory."""
    return REPOSITORY if (SUITE / "targets.yaml").exists() else Path.cwd()


def path(name: str) -> Path:
    """Where the file `name` is: inside an installed wheel, or in a checkout of the repository."""
    candidates = [PACKAGED / name, SUITE / name, REPOSITORY / "spec" / name]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise FileNotFoundError(f"{name} is neither in {PACKAGED} nor in a checkout at {REPOSITORY}")


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]  # either base
    """YAML 1.2's core schema: `1e-308` is a number, `on` and `no` are text, a key written twice is an error."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        written = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        keys = [self.construct_object(key, deep=True) for key in written]
        twice = [key for index, key in enumerate(keys) if key in keys[:index]]
        if twice:
            problem = f"the key {twice[0]!r} is written twice"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return super().construct_mapping(node, deep)  # type: ignore[no-any-return]  # an untyped base


for _tag, _pattern, _first in [
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", "-+.0123456789"),
    ("merge", r"<<", "<"),
]:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def _float(loader: Any, node: yaml.ScalarNode) -> float:
    return float(str(loader.construct_scalar(node)).lower().replace(".inf", "inf").replace(".nan", "nan"))


def _int(loader: Any, node: yaml.ScalarNode) -> int | float:
    text = str(loader.construct_scalar(node))
    return -0.0 if text == "-0" else int(text, 0 if text.startswith("0x") else 10)


_Loader.add_constructor("tag:yaml.org,2002:float", _float)
_Loader.add_constructor("tag:yaml.org,2002:int", _int)


def load_yaml(file: Path) -> Any:
    """The document in `file`; raises `ValueError` with the file and line where it is not YAML."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)
    except yaml.YAMLError as error:
        raise ValueError(f"{file}: {error}") from error
