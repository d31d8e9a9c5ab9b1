"""What `make faults` runs at length, in short: the harnesses find nothing, and each planted fault."""

from __future__ import annotations

import pytest

from tests.property import box
from tests.property.faults import FAULTS, Fault, growth, nothing, overflow, run, unwatchable


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_caught(fault: Fault) -> None:
    code, said = run(fault.plant, fault.harness)
    if code == box.REFUSED:
        pytest.skip(said.strip())
    assert code == 1, said


@pytest.mark.parametrize("harness", [overflow, growth, unwatchable])
def test_with_nothing_planted_nothing_is_found(harness) -> None:
    code, said = run(nothing, harness)
    if code == box.REFUSED:
        pytest.skip(said.strip())
    assert code == 0, said
