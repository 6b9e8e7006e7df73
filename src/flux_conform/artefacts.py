"""Where the files of the four artefact folders lie.

The folders ``model``, ``diagrams``, ``rfc`` and ``conformance`` stand at the root of a checkout
and travel inside the wheel as ``flux_conform/_artefacts/NAME``. Whoever reads one of their files
asks `artefact` for its path and need not know which of the two it is.

Every command passes through here on its way to a specification, so that nothing is imported but
``os``, which Python has loaded by then anyway.
"""

import os

FOLDERS = ("model", "diagrams", "rfc", "conformance")
"""The names of the artefact folders."""


class ArtefactMissing(LookupError):
    """No such file or directory in the artefact folders.

    Attributes:
        wanted: What was looked for, relative to the place that holds the folders.
        home: The directory that was searched for it.
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


def artefact(name: str, *parts: str) -> str:
    """Return the absolute path of a file or directory in an artefact folder.

    A checkout's own folders are taken where this module runs from that checkout's ``src``, be it
    by an editable install or by ``PYTHONPATH``. Otherwise the folders inside the package are.

    Args:
        name: The artefact folder, one of `FOLDERS`.
        *parts: The way from there, one path component each. With none, the folder itself is meant.

    Raises:
        ArtefactMissing: Nothing is there, the folder is unknown, or the way leads out of it.
    """
    home, checkout = _home(os.path.dirname(os.path.abspath(__file__)))
    wanted = os.path.normpath(os.path.join(name, *parts))
    path = os.path.join(home, wanted)
    # After normpath, a way out of the folder no longer begins with the folder's name.
    if name not in FOLDERS or wanted.split(os.sep, 1)[0] != name or not os.path.exists(path):
        raise ArtefactMissing(wanted, home, checkout)
    return path


def _home(package: str) -> tuple[str, bool]:
    """Return the directory that holds the artefact folders, and whether it is a checkout's root.

    A pyproject.toml beside ``src`` is not enough: others' projects install packages into their
    ``src`` too. It has to be this project's.
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
