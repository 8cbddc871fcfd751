"""The models that the layer gives the SDK are the SDK's own, with what is used and no more."""

import re

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from local import sdk_models, template
from maskline import aws

LAYER = template.ROOT / "layers" / "masking" / "maskline"
MODELS = [(service, name) for service, names in sdk_models.OPERATIONS.items() for name in names]


@pytest.fixture(scope="module")
def sources() -> str:
    return "\n".join(path.read_text() for path in LAYER.rglob("*.py"))


def test_the_models_are_those_of_the_sdk() -> None:
    written = sdk_models.written()

    assert set(aws.PARED_MODELS.rglob("*.json")) == set(written)
    for path, text in written.items():
        assert path.read_text(encoding="utf-8") == text, "run `make install`"


@pytest.mark.parametrize(("service", "name"), MODELS)
def test_an_operation_has_the_parameters_and_errors_that_it_has_in_the_sdk(
    service: str, name: str
) -> None:
    ours, theirs = (
        ServiceModel(loader.load_service_model(service, "service-2"), service).operation_model(name)
        for loader in (aws.NamedModels(), Loader())
    )

    for mine, its in (
        (ours.input_shape, theirs.input_shape),
        (ours.output_shape, theirs.output_shape),
    ):
        assert mine is not None
        assert its is not None
        assert [*mine.members] == [*its.members]
        assert mine.required_members == its.required_members
    assert [shape.name for shape in ours.error_shapes] == [one.name for one in theirs.error_shapes]
    assert ours.idempotent_members == theirs.idempotent_members


@pytest.mark.parametrize(("service", "name"), MODELS)
def test_what_is_kept_is_used(service: str, name: str, sources: str) -> None:
    assert re.search(rf"\.{xform_name(name)}\b", sources)
