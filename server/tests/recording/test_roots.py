"""Directories that clients name stay inside the operator's roots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gym_http_server.protocol.errors import ApiError
from gym_http_server.recording.roots import Roots


def resolve_inside(path: Any, roots: list[Path], start: Path = Path("/")) -> Path:
    return Roots(roots, start).resolve(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root" / "inner").mkdir(parents=True)
    (tmp_path / "rooted").mkdir()
    (tmp_path / "outside").mkdir()
    return tmp_path / "root"


def test_directories_inside_are_allowed_whether_they_exist_or_not(root: Path) -> None:
    assert resolve_inside(str(root), [root]) == root
    assert resolve_inside(str(root / "inner"), [root]) == root / "inner"
    assert resolve_inside(str(root / "new" / "deeper"), [root]) == root / "new" / "deeper"
    assert resolve_inside(f"{root}/new/../inner/.", [root]) == root / "inner"
    assert resolve_inside(str(root), [root.parent / "outside", root]) == root


def test_relative_paths_start_where_the_server_did(root: Path) -> None:
    assert resolve_inside("new", [root], start=root) == root / "new"
    with pytest.raises(ApiError, match="outside"):
        resolve_inside("../outside", [root], start=root)


@pytest.mark.parametrize("path", ["{root}/..", "{root}/../outside", "{root}ed", "/", "/etc", "{root}/inner/../../x"])
def test_what_lies_outside_is_refused_and_the_roots_are_named(path: str, root: Path) -> None:
    with pytest.raises(ApiError) as refused:
        resolve_inside(path.format(root=root), [root])
    assert (refused.value.status, refused.value.code) == (400, "invalid_directory")
    assert f"Choose one inside: {root}" in refused.value.message


def test_links_are_followed_before_it_is_decided(root: Path) -> None:
    (root / "out").symlink_to(root.parent / "outside")
    (root / "in").symlink_to(root / "inner")
    (root / "dangling").symlink_to(root.parent / "outside" / "new")
    assert resolve_inside(str(root / "in" / "x"), [root]) == root / "inner" / "x"
    for name in ("out", "out/x", "dangling", "dangling/x", "in/../../outside"):
        with pytest.raises(ApiError, match="outside"):
            resolve_inside(str(root / name), [root])


def test_a_root_may_itself_be_a_link(root: Path) -> None:
    (root.parent / "alias").symlink_to(root)
    assert resolve_inside(str(root.parent / "alias" / "x"), [root.parent / "alias"]) == root / "x"


def test_a_file_is_no_directory(root: Path) -> None:
    (root / "file").write_text("")
    for name in ("file", "file/below", "file/below/it"):
        with pytest.raises(ApiError, match="file is a file"):
            resolve_inside(str(root / name), [root])


def test_the_refusal_of_a_path_outside_does_not_tell_what_is_there(root: Path) -> None:
    (root.parent / "outside" / "file").write_text("")
    messages = set()
    for name in ("file", "none"):
        with pytest.raises(ApiError) as refused:
            resolve_inside(str(root.parent / "outside" / name), [root])
        messages.add(refused.value.message.replace(name, ""))
    assert len(messages) == 1


@pytest.mark.parametrize("path", ["", "a\0b", None, 7, ["a"], "x" * 5000, "\ud800", "d/" * 1500])
def test_what_is_no_path_at_all_is_refused(path: Any, root: Path) -> None:
    with pytest.raises(ApiError) as refused:
        resolve_inside(path, [root])
    assert (refused.value.status, refused.value.code) == (400, "invalid_directory")


def test_a_loop_of_links_is_refused(root: Path) -> None:
    (root / "a").symlink_to(root / "b")
    (root / "b").symlink_to(root / "a")
    with pytest.raises(ApiError) as refused:
        resolve_inside(str(root / "a"), [root])
    assert refused.value.code == "invalid_directory"
