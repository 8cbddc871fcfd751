"""docs/sbom.json: the layer's packages out of a bill of everything installed, on standard input.

The packages that Lambda brings (boto3, botocore, urllib3, Python) are not ours to list.
"""

import json
import sys
from typing import Any

from packaging.utils import canonicalize_name

from tools.supply.locks import LAYER_LOCK, read_lock, read_wanted

Bill = dict[str, Any]
_LAYER = "maskline-layer"


def layer_bill(everything: Bill) -> Bill:
    """A CycloneDX bill of what the layer holds, from one that cyclonedx-py wrote."""
    shipped = {pin.name for pin in read_lock(LAYER_LOCK)}
    components = [
        _component(one)
        for one in everything["components"]
        if canonicalize_name(one["name"]) in shipped
    ]
    references = {component["bom-ref"] for component in components}
    known = [
        _dependency(one, references)
        for one in everything["dependencies"]
        if one["ref"] in references
    ]
    return {
        "$schema": everything["$schema"],
        "bomFormat": "CycloneDX",
        "specVersion": everything["specVersion"],
        "version": 1,
        "metadata": {"component": {"bom-ref": _LAYER, "type": "application", "name": _LAYER}},
        "components": components,
        "dependencies": [{"ref": _LAYER, "dependsOn": _direct(components)}, *known],
    }


def _component(component: Bill) -> Bill:
    """Without its addresses: an installed package may name any."""
    return {name: value for name, value in component.items() if name != "externalReferences"}


def _dependency(dependency: Bill, shipped: set[str]) -> Bill:
    """Without the needs of extras that only something else here asks for."""
    needed = [one for one in dependency.get("dependsOn", ()) if one in shipped]
    return {"ref": dependency["ref"], "dependsOn": needed}


def _direct(components: list[Bill]) -> list[str]:
    wanted = read_wanted(LAYER_LOCK.with_suffix(".in"))
    return [one["bom-ref"] for one in components if canonicalize_name(one["name"]) in wanted]


if __name__ == "__main__":
    json.dump(layer_bill(json.load(sys.stdin)), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")
