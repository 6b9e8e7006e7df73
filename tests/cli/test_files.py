"""Files that verbs write are there whole or not at all."""

import os

import pytest

from flux_conform.cli.file_options import file_name
from flux_conform.files import write_whole


def test_a_file_is_written_with_the_directories_that_it_needs(tmp_path):
    """And nothing else is left there."""
    path = tmp_path / "new" / "file"
    write_whole(str(path), b"all")
    assert path.read_bytes() == b"all"
    assert os.listdir(path.parent) == ["file"]


def test_a_file_may_be_read_by_whom_others_may(tmp_path):
    """It has the permissions that a file has that is made here."""
    plain = tmp_path / "plain"
    plain.touch()
    write_whole(str(tmp_path / "file"), b"")
    assert (tmp_path / "file").stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("permissions", [0o600, 0o640])
def test_a_private_file_that_is_written_again_stays_private(tmp_path, permissions):
    """Its permissions are what they were, as where a program writes into the file itself."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(permissions)
    write_whole(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == permissions


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_what_ends_the_writing_leaves_the_old_file_as_it_was(tmp_path, monkeypatch, error):
    """An interrupt too."""
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def end(*_):
        raise error

    monkeypatch.setattr(os, "replace", end)
    with pytest.raises(error):
        write_whole(str(path), b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_name_with_odd_characters_is_a_file_name(tmp_path):
    """Events of a family have a star in their name."""
    assert file_name("p-001-debug.*-keeps") == "p-001-debug.--keeps"
