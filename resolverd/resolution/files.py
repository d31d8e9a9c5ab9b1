"""Files and directories at a path: LOAD_AS_FILE, LOAD_AS_DIRECTORY and enhanced-resolve's `relative` to `file` steps.

A path is given as (directory record, name), so that looking costs no joining and splitting; an empty name means the
directory itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from resolverd.manifests.exports import InvalidManifest
from resolverd.manifests.package_json import PackageJson
from resolverd.paths import is_inside, join, name_of, parent_of, resolve
from resolverd.resolution.answer import Hit, Outcome, failed
from resolverd.resolution.mode import Mode
from resolverd.resolution.options import INDEX
from resolverd.resolution.probe import Probe
from resolverd.resolution.request import Request
from resolverd.terms import Answer, Code, Look
from resolverd.tree.dirinfo import DirInfo
from resolverd.view.base import EntryKind

RemapFile = Callable[[Probe, DirInfo | None, str, Request], Outcome]
DirectoryExports = Callable[[Probe, DirInfo, PackageJson, Request], Outcome]

_MAX_DEPTH = 64


class Files:
    """Looks for files under one mode. `remap_file` is asked first about each path where the options remap files."""

    __slots__ = ("_directory_exports", "_mode", "_remap_file")

    def __init__(self, mode: Mode, remap_file: RemapFile, directory_exports: DirectoryExports) -> None:
        self._mode = mode
        self._remap_file = remap_file
        self._directory_exports = directory_exports

    def at_path(self, probe: Probe, path: str, request: Request) -> Outcome:
        """Look for a file or directory at an absolute normal path."""
        if path == "/":
            root = probe.directory(path)
            return None if root is None else self.file_or_directory(probe, root, "", request)
        info = probe.directory(parent_of(path))
        if info is None:
            return self._remap_missing(probe, path, request) if self._mode.remaps_files else None
        return self.file_or_directory(probe, info, name_of(path), request)

    def _remap_missing(self, probe: Probe, path: str, request: Request) -> Outcome:
        """An alias, or a browser map, may stand for a path whose directory does not exist."""
        if not request.is_remapped:
            return None
        for extension in ("", *self._mode.options.extensions):
            outcome = self._remap_file(probe, None, path + extension, request)
            if outcome is not None:
                return outcome
        return None

    def relative(self, probe: Probe, request: Request) -> Outcome:
        """Look for `request.path` as seen from its directory."""
        path = request.path
        if path.startswith("./") and path.find("/", 2) < 0 and path not in {"./", "./.", "./.."}:
            return self.file_or_directory(probe, request.info, path[2:], request)
        target = resolve(request.info.path, path)
        if path == "." or (self._mode.dotted_directories and name_of(path) in {".", ".."}):
            # A directory, also beside a file of its name.
            info = probe.directory(target)
            return None if info is None else self.file_or_directory(probe, info, "", request)
        return self.at_path(probe, target, request)

    def file_or_directory(self, probe: Probe, info: DirInfo, name: str, request: Request) -> Outcome:
        """LOAD_AS_FILE, then LOAD_AS_DIRECTORY (`described-relative`)."""
        options = self._mode.options
        if name and not request.is_directory and not options.resolve_to_context:
            outcome = self.file(probe, info, name, request)
            if outcome is not None:
                return outcome
        if request.fully_specified and not options.resolve_to_context:
            return self._refuse_directory(probe, info, name)
        directory = info if not name else probe.directory(join(info.path, name))
        return None if directory is None else self.directory(probe, directory, request)

    def _refuse_directory(self, probe: Probe, info: DirInfo, name: str) -> Outcome:
        directory = info if not name else probe.directory(join(info.path, name))
        if directory is None:
            return None
        return failed(
            Code.UNSUPPORTED_DIR_IMPORT,
            f"Directory import '{directory.path}' is not supported: name the file, index.js say",
        )

    def file(self, probe: Probe, info: DirInfo, name: str, request: Request, *, is_written: bool = True) -> Outcome:
        """LOAD_AS_FILE: extension aliases, the name as it is, the name with each extension (`raw-file`).

        Extension aliases are for names that the importer wrote; a target of `exports` is not (`is_written` off).
        """
        options = self._mode.options
        if is_written and self._mode.extension_aliases:
            outcome = self.extension_alias(probe, info, name, request)
            if outcome is not None:
                return outcome
        if request.fully_specified or not options.enforce_extension:
            outcome = self.exact_file(probe, info, name, request)
            if outcome is not None or request.fully_specified:
                return outcome
        for extension in self._extensions(info):
            outcome = self.exact_file(probe, info, name + extension, request)
            if outcome is not None:
                return outcome
        return None

    def _extensions(self, info: DirInfo) -> tuple[str, ...]:
        packaged = self._mode.options.node_modules_extensions
        if packaged is None or "/node_modules/" not in f"{info.path}/":
            return self._mode.options.extensions
        return packaged

    def extension_alias(self, probe: Probe, info: DirInfo, name: str, request: Request) -> Outcome:
        """Try the extensions that stand for the one written (`./x.js` may be `x.ts`)."""
        for extension, aliases in self._mode.extension_aliases:
            if not name.endswith(extension):
                continue
            base = name[: len(name) - len(extension)]
            for alias in aliases:
                outcome = self.exact_file(probe, info, base + alias, request)
                if outcome is not None:
                    return outcome
            if extension not in aliases:
                # The written extension is not among its own aliases: it is not meant any more.
                tried = ", ".join(base + alias for alias in aliases)
                return failed(Code.MODULE_NOT_FOUND, f"Cannot find '{join(info.path, name)}' as any of {tried}")
        return None

    def exact_file(self, probe: Probe, info: DirInfo, name: str, request: Request) -> Outcome:
        """Take the file of exactly this name, remapped where the options say so (`file`)."""
        if self._mode.remaps_files and request.is_remapped:
            outcome = self._remap_file(probe, info, join(info.path, name), request)
            if outcome is not None:
                return outcome
        kind = probe.kind(info, name)
        if kind is None:
            return None
        is_link = kind is EntryKind.LINK
        if kind is not EntryKind.FILE and not (is_link and probe.is_link_to_file(info, name)):
            return None
        if self._mode.restrictions and not self._is_permitted(probe, info, name):
            return None
        return Hit(info, name, request.query, request.fragment, is_link=is_link)

    def _is_permitted(self, probe: Probe, info: DirInfo, name: str) -> bool:
        """Tell whether a file lies where the restrictions let it; one that does not is passed over."""
        directory, name = probe.real_location(info, name) if self._mode.options.symlinks else (info.path, name)
        path = join(directory, name)
        if all(_permits(restriction, path) for restriction in self._mode.restrictions):
            return True
        probe.note(f"{path} lies outside of the restrictions", Look.REFUSED, path)
        probe.restricted = path
        return False

    def directory(self, probe: Probe, info: DirInfo, request: Request) -> Outcome:
        """LOAD_AS_DIRECTORY: the manifest's main fields, then the main files (`existing-directory`)."""
        options = self._mode.options
        if options.resolve_to_context:
            return Hit(info, "", request.query, request.fragment)
        manifest = self.manifest(probe, info)
        if isinstance(manifest, InvalidManifest):
            return invalid_config(manifest)
        if manifest is not None:
            outcome = self._main(probe, info, manifest, request)
            if outcome is None and options.allow_package_exports_in_directory_resolve:
                outcome = self._directory_exports(probe, info, manifest, request)
            if outcome is not None:
                return outcome
        outcome = self.main_files(probe, info, request)
        if outcome is None and self._mode.is_node_require and manifest is not None and manifest.main("main"):
            # LOAD_AS_DIRECTORY, step 1.g: no other directory of the name is looked for.
            return failed(Code.MODULE_NOT_FOUND, f"Cannot find the main file that {manifest.path} names")
        return outcome

    def _main(self, probe: Probe, info: DirInfo, manifest: PackageJson, request: Request) -> Outcome:
        if request.depth > _MAX_DEPTH:
            return failed(Code.RECURSION, f"The main fields in {manifest.path} lead back to themselves")
        for field in self._mode.options.main_fields:
            if field == INDEX:
                probe.note("the main files come before the main fields that follow")
                outcome = self.main_files(probe, info, request)
                if outcome is not None:
                    return outcome
                continue
            main = manifest.main(field)
            if not main or main in {".", "./"}:
                if probe.steps is not None:
                    probe.note(f"field {field!r} in {manifest.path} {'names the directory' if main else 'is absent'}")
                continue
            path = resolve(info.path, f"./{main}")
            probe.note(f'use "{main}" from field {field!r} in {manifest.path}', Look.CHOSEN, path)
            if path == info.path:
                continue
            inner = Request(
                info,
                main,
                request.query,
                request.fragment,
                is_directory=main.endswith("/"),
                fully_specified=request.fully_specified,
                depth=request.depth + 1,
            )
            outcome = self._main_of_node(probe, path, inner) if self._mode.is_node else self.at_path(probe, path, inner)
            if outcome is not None:
                return outcome
        return None

    def _main_of_node(self, probe: Probe, path: str, request: Request) -> Outcome:
        """LOAD_AS_DIRECTORY, steps 1.c to 1.e: a directory named by `main` has an index; its own manifest is not read."""
        info = probe.directory(parent_of(path))
        outcome = None if info is None or request.is_directory else self.file(probe, info, name_of(path), request)
        if outcome is not None:
            return outcome
        directory = probe.directory(path)
        return None if directory is None else self.main_files(probe, directory, request)

    def main_files(self, probe: Probe, info: DirInfo, request: Request) -> Outcome:
        """Try the directory's main files."""
        for main_file in self._mode.options.main_files:
            outcome = self.file(probe, info, main_file, request)
            if outcome is not None:
                return outcome
        return None

    def manifest(self, probe: Probe, info: DirInfo) -> PackageJson | InvalidManifest | None:
        """Give a directory's own description file, the first of the names that there is."""
        for file_name in self._mode.options.description_files:
            manifest = probe.own_manifest(info, file_name)
            if manifest is not None:
                return manifest
        return None


def _permits(restriction: str | re.Pattern[str], path: str) -> bool:
    if isinstance(restriction, str):
        return is_inside(path, restriction)
    return restriction.search(path) is not None


def invalid_config(manifest: InvalidManifest) -> Answer:
    """Make the failure for a manifest that cannot be used."""
    return failed(Code.INVALID_PACKAGE_CONFIG, f"Invalid package config {manifest.path}: {manifest.message}")
