"""docs/sbom.json lists what the layer holds, as it is installed here, and nothing else."""

import json
from importlib.metadata import requires
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.aws.template import ROOT
from tools.supply.bom import layer_bill
from tools.supply.locks import LAYER_LOCK, read_lock, read_wanted

BILL: dict[str, Any] = json.loads((ROOT / "docs" / "sbom.json").read_text())
COMPONENTS = {canonicalize_name(one["name"]): one for one in BILL["components"]}
REFERENCES = {one["bom-ref"]: name for name, one in COMPONENTS.items()}


def test_the_bill_lists_the_layer_s_lock() -> None:
    pins = {pin.name: pin.version for pin in read_lock(LAYER_LOCK) if pin.applies_here}

    assert {name: one["version"] for name, one in COMPONENTS.items()} == pins
    for name, version in pins.items():
        assert COMPONENTS[name]["purl"] == f"pkg:pypi/{name}@{version}"
    assert (BILL["bomFormat"], BILL["specVersion"]) == ("CycloneDX", "1.6")


def test_every_package_says_its_licence() -> None:
    assert [name for name, one in COMPONENTS.items() if not one.get("licenses")] == []


def test_the_bill_says_who_needs_whom() -> None:
    needed = {
        REFERENCES.get(one["ref"], "layer"): {REFERENCES[ref] for ref in one.get("dependsOn", ())}
        for one in BILL["dependencies"]
    }

    assert needed.pop("layer") == set(read_wanted(LAYER_LOCK.with_suffix(".in")))
    assert needed.keys() == COMPONENTS.keys()
    for name, others in needed.items():
        declared = {canonicalize_name(Requirement(line).name) for line in requires(name) or []}
        assert others <= declared


def test_a_bill_leaves_out_what_is_not_shipped_and_every_address() -> None:
    shipped = {"name": "pydantic", "bom-ref": "p", "externalReferences": [{"url": "https://x"}]}
    other = {"name": "pytest", "bom-ref": "t"}
    everything = {
        "$schema": "s",
        "specVersion": "1.6",
        "components": [shipped, other],
        "dependencies": [{"ref": "p", "dependsOn": ["t"]}, {"ref": "t"}],
    }

    bill = layer_bill(everything)

    assert bill["components"] == [{"name": "pydantic", "bom-ref": "p"}]
    assert bill["dependencies"] == [
        {"ref": "maskline-layer", "dependsOn": ["p"]},
        {"ref": "p", "dependsOn": []},
    ]
