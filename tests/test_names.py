"""In the environment in which the tests run, nobody else owns a name of Clew's packages."""

from __future__ import annotations

from api.cli import doctor


def test_no_other_distribution_owns_one_of_our_names() -> None:
    found = list(doctor.names())
    assert found
    assert all(finding.state == "ok" for finding in found), found
