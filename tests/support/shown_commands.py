"""The commands that docs/deploying.md shows: what stands after a `$` in its blocks."""

import re
from textwrap import dedent

from local.aws.template import ROOT

DOCUMENT = ROOT / "docs" / "deploying.md"
_BLOCK = re.compile(r"^ *```console\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def shown_commands() -> list[str]:
    """Each in one line, in order."""
    blocks = (dedent(block) for block in _BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")))
    lines = re.sub(r"\\\n *", "", "".join(blocks)).splitlines()
    assert all(line.startswith("$ ") for line in lines)
    return [line.removeprefix("$ ") for line in lines]
