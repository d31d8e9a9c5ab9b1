"""What an editor and a project may choose: features, profiles, folders; and several editors on one daemon."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from resolverd_lsp.uris import uri_of
from tests.e2e.command import Home
from tests.e2e.editor import Editor, editor, place, write


def codes(opened: Editor, uri: str) -> list[object]:
    return [told.code for told in opened.diagnostics(uri)]


def test_beside_another_server_only_what_is_wanted_is_done(shop: Home) -> None:
    with editor(shop, only=["diagnostics", "links", "explain"]) as opened:
        able = opened.capabilities
        assert able.hover_provider
        assert able.document_link_provider
        others = (
            able.definition_provider,
            able.references_provider,
            able.completion_provider,
            able.code_action_provider,
        )
        assert not any(others)
        uri = opened.open(shop.workspace / "src/a.ts", "import './gone'")
        assert codes(opened, uri) == ["ERR_MODULE_NOT_FOUND"]
        reply = opened.reply(opened.begin(types.TEXT_DOCUMENT_DEFINITION, place(uri, 0, 9)))
        assert reply["error"]["code"] == types.ErrorCodes.MethodNotFound.value


def test_without_diagnostics_none_are_told(shop: Home) -> None:
    with editor(shop, only=["definition"]) as opened:
        uri = opened.open(shop.workspace / "src/a.ts", "import './gone'")
        assert codes(opened, uri) == []


def test_options_that_cannot_be_read_are_reported_and_the_rest_is_as_usual(shop: Home) -> None:
    with editor(shop, profil="node") as opened:
        said = opened.until(lambda message: message.get("method") == types.WINDOW_SHOW_MESSAGE)
        assert "profil" in said["params"]["message"]
        assert opened.capabilities.references_provider


def test_a_profile_that_is_unknown_is_reported_once(shop: Home) -> None:
    with editor(shop, profile="bundlr") as opened:
        for name in ("a", "b"):
            uri = opened.open(shop.workspace / f"src/{name}.ts", "import './gone'")
            assert codes(opened, uri) == []
        said = [message for message in opened.said if message.get("method") == types.WINDOW_SHOW_MESSAGE]
        assert ["did you mean 'bundler'" in message["params"]["message"] for message in said] == [True]


def test_another_profile_is_taken_without_a_restart(shop: Home, opened: Editor) -> None:
    uri = opened.open(shop.workspace / "src/a.js", "import './cart'")
    assert codes(opened, uri) == []
    for profile, told in (("node", ["ERR_MODULE_NOT_FOUND"]), (None, [])):
        settings = {"resolverd": {"profile": profile, "trace": "off"}}
        opened.notify(types.WORKSPACE_DID_CHANGE_CONFIGURATION, types.DidChangeConfigurationParams(settings))
        assert codes(opened, uri) == told


def test_a_project_has_its_own_profile_and_it_may_be_edited(shop: Home) -> None:
    root = shop.root / "project"
    write(root / "a.ts", "import '~/b'")
    write(root / "src/b.ts", "")
    with editor(shop, root) as opened:
        uri = opened.open(root / "a.ts")
        opened.await_codes(uri, "ERR_MODULE_NOT_FOUND")
        text = '[editor]\nprofile = "app"\n[profiles.app]\nextends = "bundler"\nalias = { "~" = "./src" }\n'
        file = write(root / "resolverd.toml", text)
        changed(opened, file)
        opened.await_codes(uri)
        write(file, text.replace("./src", "./lib"))
        changed(opened, file)
        opened.await_codes(uri, "ERR_MODULE_NOT_FOUND")
        write(file, text.replace("[profiles.app]", "[profiles.other]"))
        opened.type(uri, 0, 0, "\n")
        said = opened.until(lambda message: message.get("method") == types.WINDOW_SHOW_MESSAGE)
        assert "'app'" in said["params"]["message"]
        opened.await_codes(uri)
        file.unlink()
        opened.type(uri, 0, 0, "\n")
        opened.await_codes(uri, "ERR_MODULE_NOT_FOUND")


def changed(opened: Editor, path: Path) -> None:
    event = types.FileEvent(uri_of(str(path)), types.FileChangeType.Changed)
    opened.notify(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, types.DidChangeWatchedFilesParams([event]))


def test_an_editor_that_watches_files_is_asked_to_watch_the_project_s_options(shop: Home) -> None:
    watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    workspace = types.WorkspaceClientCapabilities(did_change_watched_files=watching)
    with editor(shop, capabilities=types.ClientCapabilities(workspace=workspace)) as opened:
        asked = opened.until(lambda message: message.get("method") == types.CLIENT_REGISTER_CAPABILITY)
        (registration,) = asked["params"]["registrations"]
        assert registration["registerOptions"]["watchers"] == [{"globPattern": "**/resolverd.toml"}]
        opened.send(id=asked["id"], result=None)


def test_importers_are_looked_for_in_all_folders_as_they_come_and_go(shop: Home) -> None:
    one, two, three = (shop.root / name for name in ("one", "two", "three"))
    write(one / "a.ts", "")
    for root in (two, three):
        write(root / "b.ts", "import '../one/a'")
    with editor(shop, one, two) as opened:
        uri = opened.open(one / "a.ts")
        assert {each.uri for each in opened.references(uri, 0, 0)} == {uri_of(str(two / "b.ts"))}
        added, removed = (types.WorkspaceFolder(uri_of(str(root)), root.name) for root in (three, two))
        event = types.WorkspaceFoldersChangeEvent([added], [removed])
        opened.notify(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, types.DidChangeWorkspaceFoldersParams(event))
        assert {each.uri for each in opened.references(uri, 0, 0)} == {uri_of(str(three / "b.ts"))}


def test_several_editors_share_one_daemon(shop: Home, opened: Editor) -> None:
    with editor(shop) as other:
        uris = [each.open(shop.workspace / "src/shared.ts", "import './soon'") for each in (opened, other)]
        assert [codes(each, uri) for each, uri in zip((opened, other), uris, strict=True)] == [
            ["ERR_MODULE_NOT_FOUND"]
        ] * 2
        write(shop.workspace / "src/soon.ts", "")
        assert [codes(each, uri) for each, uri in zip((opened, other), uris, strict=True)] == [[], []]
        assert shop.json("status")["connections"] == 3


def test_a_link_to_a_folder_may_be_open(shop: Home) -> None:
    root = shop.root / "real"
    write(root / "a.ts", "")
    write(root / "b.ts", "import './a'")
    link = shop.root / "linked"
    link.symlink_to(root)
    with editor(shop, link) as opened:
        uri = opened.open(link / "a.ts")
        assert [each.uri for each in opened.references(uri, 0, 0)] == [uri_of(str(root / "b.ts"))]
