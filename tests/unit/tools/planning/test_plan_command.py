"""`make plan` as documented: what goes in, what comes out."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from local.aws.template import ROOT
from tools.planning import __main__ as plan

_EXAMPLE = re.compile(
    r'^```console\n\$ make -s plan ARGS="([^"]+)"\n(.*?)^```', re.MULTILINE | re.DOTALL
)
EXAMPLES = _EXAMPLE.findall((ROOT / "docs" / "planning.md").read_text(encoding="utf-8"))
FIGURES: dict[str, Any] = {
    "sessions_per_hour": 60,
    "minutes": 20,
    "firsts": {"people": 20},
    "seconds": {"people": 500},
}
QUICK = ["--creates", "3000", "--today", "2026-11-22"]


@pytest.mark.parametrize(("arguments", "output"), EXAMPLES)
def test_the_documented_example_is_true(
    arguments: str, output: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)

    assert plan.main(shlex.split(arguments)) == 0
    assert capsys.readouterr().out == output


def test_there_is_an_example_of_figures_one_of_a_history_and_one_of_doors() -> None:
    assert [Path(shlex.split(arguments)[0]).name for arguments, _ in EXAMPLES] == [
        "deliveries.toml",
        "history.csv",
        "listings.toml",
    ]


def test_the_sentence_that_the_page_begins_with_is_one_of_its_examples() -> None:
    page = " ".join((ROOT / "docs" / "planning.md").read_text(encoding="utf-8").split())
    [sentence] = re.findall(r'"(Rent [^"]+)"', page)

    assert sentence in EXAMPLES[0][1].splitlines()


def planned(path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[list[str]]:
    """The cells of the table's lines below the headings."""
    assert plan.main([str(path), *QUICK, *arguments]) == 0
    table, _, _ = capsys.readouterr().out.partition("\n\n")
    return [line.split() for line in table.splitlines()[1:]]


@pytest.fixture
def figures(tmp_path: Path) -> Path:
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(FIGURES | {"pool": {"any": 40}, "growth_per_month": 0.1}))
    return path


def test_figures_may_be_json_and_without_limits(
    figures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared, per_party = planned(figures, capsys)

    assert shared[:2] == ["any", "shared"]
    assert per_party[:2] == ["any", "per_party"]
    assert shared[2].startswith("~")
    k = int(per_party[2].removeprefix("~"))
    assert int(per_party[3]) == k
    assert int(shared[3]) == 2 * k - 1
    assert shared[6] == "40"
    assert shared[8] > "2026-11-22"


def advice(path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """The lines below the last empty one."""
    assert plan.main([str(path), *QUICK, *arguments]) == 0
    return capsys.readouterr().out.split("\n\n")[-1].splitlines()


def test_the_plan_ends_with_what_to_rent(figures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shared, per_party = planned(figures, capsys)
    rarest, rare = (cell.removesuffix("+") for cell in (per_party[5], per_party[4]))

    about_shared, about_per_party, *note = advice(figures, capsys)

    assert about_shared.startswith(f"Rent {shared[5].removesuffix('+')} numbers (shared) and about")
    assert about_per_party == (
        f"Rent {rarest} numbers (per_party) and about one create in a million is refused; "
        f"{rare} refuse one in a thousand."
    )
    assert "at_once" in " ".join(note)


def test_with_limits_for_both_roles_it_says_what_is_always_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = {role: FIGURES[role] | {"at_once": 12} for role in ("firsts", "seconds")}
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(FIGURES | limits))

    shared, per_party = advice(path, capsys)

    assert shared.startswith("Rent 23 numbers (shared) and no create within these limits is ever")
    assert per_party.startswith("Rent 12 numbers (per_party) and no create within these limits is")


def test_without_a_pool_none_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(FIGURES))

    shared, _ = planned(path, capsys)
    assert plan.main([str(path), *QUICK]) == 0

    assert len(shared) == 6
    shown = capsys.readouterr().out
    assert "No pool was given" in shown
    assert "headroom" not in shown


def test_arguments_win_over_the_file(figures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shared, _ = planned(figures, capsys, "--pool", "any=60", "--growth", "0")

    assert shared[6] == "60"
    assert int(shared[7]) == 60 - int(shared[5].removesuffix("+"))
    assert shared[8] == "-"


def test_a_history_knows_its_own_k(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "history.csv"
    row = "2026-01-05T10:0{0}:00Z,2026-01-05T11:00:00Z,seller,buyer-{0}"
    lines = ["created_at,ended_at,first_party,second_party", *(map(row.format, range(5)))]
    path.write_text("\n".join(lines))

    shared, per_party = planned(path, capsys)
    _, limited = planned(path, capsys, "--at-once", "5")

    assert shared[2:4] == ["5", "9"]
    assert per_party[2:4] == ["5", "5"]
    assert int(per_party[4].removesuffix("+")) > 5 >= int(limited[4].removesuffix("+"))


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("figures.toml", "minutes = 3", "missing: firsts, seconds, sessions_per_hour"),
        ("figures.toml", "minutes =", "No plan: "),
        ("figures.json", "{", "No plan: "),
        ("history.csv", "created_at\n", "no column"),
    ],
)
def test_what_cannot_be_read_is_said(
    name: str, text: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(text)

    assert plan.main([str(tmp_path / name)]) == 1
    assert complaint in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan.main(["nowhere.toml"]) == 1
    assert "nowhere.toml" in capsys.readouterr().err
