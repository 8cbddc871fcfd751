"""What `make build` puts into the layer, and what it says of it."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from local.aws.template import ROOT

SENTENCE = "No python3.13 on PATH: the layer has no bytecode"


def program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("runs", [True, False])
def test_a_build_without_bytecode_says_so_where_it_is_seen(tmp_path: Path, runs: bool) -> None:
    """`sam build` keeps to itself what the layer's makefile writes; here nothing is built."""
    program(tmp_path / "sam", "exit 0")
    # A shim on PATH may refuse to run.
    program(tmp_path / "python3.13", "exit 0" if runs else "exit 127")
    nothing_to_install = ["-o", "install", "-o", ".venv-sam/.installed"]

    done = subprocess.run(
        ["make", "build", *nothing_to_install, f"SAM_BIN={os.path.relpath(tmp_path, ROOT)}"],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert (SENTENCE in done.stderr) is not runs


def test_wheels_for_lambda_s_own_libraries_are_taken_too() -> None:
    """Some projects have stopped making manylinux2014 wheels, which need glibc 2.17 only.

    Lambda's python3.13 runs on Amazon Linux 2023 (docs.aws.amazon.com, "Lambda runtimes"), whose
    glibc is 2.34 (docs.aws.amazon.com/linux/al2023/ug/core-glibc.html). The older kind comes
    first: what is built stays what it was as long as there are both.
    """
    recipe = subprocess.run(
        ["make", "-n", "-C", "layers/masking", "build-MaskingLayer", "ARTIFACTS_DIR=nowhere"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    platforms = re.findall(r"--platform (\S+)", recipe)
    assert platforms == ["manylinux2014_aarch64", "manylinux_2_28_aarch64"]
