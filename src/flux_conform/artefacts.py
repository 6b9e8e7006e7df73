"""Locates files in the four artefact folders.

The folders ``model``, ``diagrams``, ``rfc`` and ``conformance`` are at the root of a checkout, and
the wheel contains them as ``flux_conform/_artefacts/NAME``. `artefact` returns the path of one of
their files in either case.

Every command uses this module to find a specification. To keep start-up fast it imports only
``os``, which Python has already loaded.
"""

import os

FOLDERS = ("model", "diagrams", "rfc", "conformance")
"""The names of the artefact folders."""


class ArtefactMissing(LookupError):
    """The artefact folders have no such file or directory.

    Attributes:
        wanted: The path that was requested, relative to the directory that holds the folders.
        home: The directory that holds the folders.
        checkout: Whether that directory is the root of a checkout, not part of an installation.
    """

    def __init__(self, wanted: str, home: str, checkout: bool) -> None:
        super().__init__(wanted, home, checkout)
        self.wanted = wanted
        self.home = home
        self.checkout = checkout

    def __str__(self) -> str:
        folder = self.wanted.split(os.sep, 1)[0]
        place = "the checkout" if self.checkout else "the installed package"
        said = f"no artefact {self.wanted!r} in {place}: looked in {self.home!r}"
        if folder not in FOLDERS:
            return f"{said}; the folders are {', '.join(FOLDERS)}"
        if self.checkout:
            return f"{said}; if it is a generated file, 'flux-conform generate' makes it"
        return f"{said}; a fresh installation of flux-conform should hold it"


class ArtefactDamaged(Exception):
    """A generated file of an artefact folder is not as it was made."""


def artefact(name: str, *parts: str) -> str:
    """Return the absolute path of a file or directory in an artefact folder.

    If this module runs from the ``src`` of a checkout, by an editable install or by
    ``PYTHONPATH``, the folders of that checkout are used; otherwise those inside the package.

    Args:
        name: The artefact folder, one of `FOLDERS`.
        *parts: Path components below the folder. Without any, the folder itself is returned.

    Raises:
        ArtefactMissing: The path does not exist, the folder is unknown, or the path leaves it.
    """
    home, checkout = _home(os.path.dirname(os.path.abspath(__file__)))
    wanted = os.path.normpath(os.path.join(name, *parts))
    path = os.path.join(home, wanted)
    # After normpath, a path that leaves the folder no longer begins with the folder's name.
    if name not in FOLDERS or wanted.split(os.sep, 1)[0] != name or not os.path.exists(path):
        raise ArtefactMissing(wanted, home, checkout)
    return path


def _home(package: str) -> tuple[str, bool]:
    """Return the directory that holds the artefact folders, and whether it is a checkout's root.

    A pyproject.toml next to ``src`` is not enough, because other projects install packages into
    their ``src`` too. It must be the one of this project.
    """
    source, name = os.path.split(package)
    root, folder = os.path.split(source)
    if (folder, name) == ("src", "flux_conform"):
        try:
            with open(os.path.join(root, "pyproject.toml"), encoding="utf-8") as file:
                if '\nname = "flux-conform"\n' in file.read():
                    return root, True
        except OSError:
            pass
    return os.path.join(package, "_artefacts"), False
