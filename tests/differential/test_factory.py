"""oxc-resolver's class of the JavaScript client beside oxc-resolver's own: the whole result of each row of the workspace."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import msgspec

from tests.differential.conftest import Report
from tests.differential.option_sets import NODE
from tests.differential.rows import SCRIPTS, Questions
from tests.soak.daemon import RunningDaemon

CLIENT = Path(__file__).parents[2] / "clients" / "node"


def test_the_factory_gives_oxc_resolvers_very_results(
    questions: Questions, daemon: RunningDaemon, report: Report
) -> None:
    options = NODE.by_kind["import"] | {"moduleType": True}
    done = subprocess.run(
        (
            "node",
            SCRIPTS / "factory.cjs",
            CLIENT,
            questions.peers,
            questions.workspace,
            questions.path,
            msgspec.json.encode(options),
        ),
        env=os.environ | {"RESOLVERD_SOCKET": daemon.client.socket},
        check=True,
        capture_output=True,
    )
    told = msgspec.json.decode(done.stdout, type=dict[str, object])
    report.add(
        f"{'Factory':<9}{told['rows']:>7} results of the JavaScript client's ResolverFactory, all as oxc-resolver's"
    )
    assert not told["parted"]
