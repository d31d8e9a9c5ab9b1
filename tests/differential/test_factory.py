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


TREE = {
    "index.js": "",
    "package.json": '{"name": "readme", "type": "module"}',
    "tsconfig.json": '{"compilerOptions": {"paths": {"@app/*": ["./src/*"]}}, "include": ["src"]}',
    "src/file.ts": "",
    "src/module.js": "",
    "src/module.d.ts": "",
    "node_modules/both/package.json": '{"exports": {"import": "./a.mjs", "require": "./a.cjs"}}',
    "node_modules/both/a.mjs": "",
    "node_modules/both/a.cjs": "",
    "node_modules/shims/package.json": """\
        {"main": "main.js", "module": "module.js", "browser": {"./server.js": "./client.js", "fs": false}}""",
    "node_modules/shims/main.js": "",
    "node_modules/shims/module.js": "",
    "node_modules/shims/server.js": "",
    "node_modules/shims/client.js": "",
    "node_modules/typed/package.json": '{"types": "typed.d.ts", "main": "main.js"}',
    "node_modules/typed/typed.d.ts": "",
    "node_modules/typed/main.js": "",
}


def test_what_oxc_resolvers_readme_shows_is_the_same_with_our_class(
    questions: Questions, daemon: RunningDaemon, tmp_path: Path
) -> None:
    for name, text in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "linked.js").symlink_to("index.js")
    theirs, ours = (
        msgspec.json.decode(
            subprocess.run(
                ("node", SCRIPTS / "readme.mjs", package, tmp_path),
                env=os.environ | {"RESOLVERD_SOCKET": daemon.client.socket},
                check=True,
                stdout=subprocess.PIPE,
            ).stdout
        )
        for package in (questions.peers / "node_modules/oxc-resolver/index.js", CLIENT / "index.mjs")
    )
    assert len(theirs) > 25
    assert ours == theirs
