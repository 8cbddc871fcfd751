"""Names what is about to be deployed, by its content: `make deploy` passes it as `Release`.

Functions with a snapshot get a new version where that name is another one, and only there.
"""

import argparse
import hashlib
from pathlib import Path

# A version's logical id holds so many characters of it (samtranslator, LogicalIdGenerator).
_CHARACTERS = 10


def release_of(build: Path, parameters: str) -> str:
    """A hash of all files of a build, by name and content, and of the template's parameters."""
    digest = hashlib.sha256(parameters.encode())
    for path in sorted(one for one in build.rglob("*") if one.is_file()):
        digest.update(b"\0".join([str(path.relative_to(build)).encode(), path.read_bytes(), b""]))
    return digest.hexdigest()[:_CHARACTERS]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path)
    parser.add_argument("parameters", nargs="?", default="")
    options = parser.parse_args()
    print(release_of(options.build, options.parameters))
