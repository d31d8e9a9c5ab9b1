"""Remappings: alias, fallback, browser maps (`aliasFields`), and tsconfig paths.

Each takes a request to another one; the rules of when a failed remapping ends the resolve are enhanced-resolve's: an
alias that applied and led nowhere is final, a tsconfig path that led nowhere is not.
"""

from __future__ import annotations

from collections.abc import Callable

from resolverd.manifests.package_json import PackageJson
from resolverd.paths import is_inside, join, name_of, parent_of, resolve
from resolverd.resolution.answer import IGNORED, Outcome, failed, is_failure
from resolverd.resolution.files import Files
from resolverd.resolution.mode import CompiledAlias, Mode
from resolverd.resolution.probe import Probe
from resolverd.resolution.request import Request
from resolverd.resolution.specifier import is_relative
from resolverd.terms import Code, Look
from resolverd.tree.dirinfo import DirInfo

ResolveInner = Callable[[Probe, DirInfo, str, Request], Outcome]


class Remaps:
    """Applies one mode's remappings. `inner` resolves what they lead to."""

    __slots__ = ("_inner", "_mode")

    def __init__(self, mode: Mode, inner: ResolveInner) -> None:
        self._mode = mode
        self._inner = inner

    # -- alias and fallback --------------------------------------------------------------------------------------

    def alias(self, probe: Probe, request: Request) -> Outcome:
        """Apply `alias` to a request as it is written."""
        outcome = self._apply(probe, self._mode.aliases, request.info, request.path, request)
        if outcome is None and self._mode.aliases:
            probe.note(f"no alias applies to {request.path!r}")
        return outcome

    def fallback(self, probe: Probe, request: Request) -> Outcome:
        """Apply `fallback` to a request that failed."""
        return self._apply(probe, self._mode.fallbacks, request.info, request.path, request)

    def _apply(
        self, probe: Probe, rules: tuple[CompiledAlias, ...], info: DirInfo, text: str, request: Request
    ) -> Outcome:
        for rule in rules:
            outcome = self._apply_rule(probe, rule, info, text, request)
            if outcome is not None:
                return outcome
        return None

    def _apply_rule(self, probe: Probe, rule: CompiledAlias, info: DirInfo, text: str, request: Request) -> Outcome:
        final: Outcome = None
        for target in rule.targets:
            if target is False:
                if _rewritten(rule, "", text) is None:
                    continue
                probe.note(f"alias {rule.name!r}: ignored")
                return IGNORED
            rewritten = _rewritten(rule, str(target), text)
            if rewritten is None:
                continue
            probe.note(f"alias {rule.name!r} takes {text!r} to {rewritten!r}")
            final = self._inner(probe, info, rewritten, request)
            if final is not None and not is_failure(final):
                return final
            if final is None:
                final = failed(Code.MODULE_NOT_FOUND, f"Cannot find '{text}': alias '{rule.name}' leads nowhere")
            elif _is_recursion(final):
                return final
        return final

    # -- browser maps --------------------------------------------------------------------------------------------

    def alias_fields(self, probe: Probe, request: Request) -> Outcome:
        """Apply the browser maps of the importer's package to a request (browser field specification)."""
        manifest = probe.enclosing_manifest(request.info)
        if not isinstance(manifest, PackageJson):
            return None
        key = request.path
        if is_relative(key):
            absolute = resolve(request.info.path, key)
            if not is_inside(absolute, manifest.directory):
                return None
            key = f".{absolute[len(manifest.directory) :]}" if manifest.directory != "/" else f".{absolute}"
        return self._map(probe, request.info, manifest, key, request)

    def file(self, probe: Probe, info: DirInfo | None, path: str, request: Request) -> Outcome:
        """Apply `alias` and the browser maps to a file's path, before it is looked for.

        `info` is its directory, None where there is none.
        """
        outcome = self._apply(probe, self._mode.aliases, info or request.info, path, request)
        if outcome is not None or not self._mode.options.alias_fields:
            return outcome
        home, name = (info, name_of(path)) if info is not None else _split_at_existing(probe, path)
        manifest = probe.enclosing_manifest(home)
        if not isinstance(manifest, PackageJson):
            return None
        key = f".{join(home.real_path, name)[len(manifest.directory.rstrip('/')) :]}"
        return self._map(probe, home, manifest, key, request)

    def _map(self, probe: Probe, info: DirInfo, manifest: PackageJson, key: str, request: Request) -> Outcome:
        for field in self._mode.options.alias_fields:
            mapping = manifest.alias_map(field)
            if mapping is None:
                continue
            target = mapping.get(key)
            if target is None and key.startswith("./"):
                target = mapping.get(key[2:])
            if target is None or target == key:
                continue
            if target is False:
                probe.note(f"{manifest.path} ignores {key!r} by field {field!r}")
                return IGNORED
            probe.note(f"{manifest.path} takes {key!r} to {target!r} by field {field!r}")
            # An instance's own files keep its path; elsewhere the map's targets are real.
            root = probe.package_root(info, manifest) if info.virtual else probe.directory(manifest.directory)
            if root is None:
                continue
            outcome = self._inner(probe, root, target, request)
            return outcome or failed(
                Code.MODULE_NOT_FOUND, f"Cannot find '{target}', which {manifest.path} gives for '{key}'"
            )
        return None

    # -- tsconfig ------------------------------------------------------------------------------------------------

    def tsconfig_paths(self, probe: Probe, request: Request, files: Files) -> Outcome:
        """Try the candidates that the tsconfig's `paths`, `baseUrl` and `rootDirs` give, in order."""
        tsconfig = probe.tsconfig
        if tsconfig is None:
            return None
        if is_relative(request.path):
            candidates = tsconfig.root_dir_candidates(resolve(request.info.path, request.path))
        else:
            candidates = tsconfig.path_candidates(request.path)
            if not candidates and probe.steps is not None:
                probe.note(f"no pattern of paths in {tsconfig.path} matches {request.path!r}")
        for candidate in candidates:
            probe.note(f"tsconfig {tsconfig.path} offers {candidate}", Look.CHOSEN, candidate)
            loose = Request(
                request.info,
                candidate,
                request.query,
                request.fragment,
                is_directory=request.is_directory,
                fully_specified=False,
                depth=request.depth + 1,
            )
            outcome = files.at_path(probe, candidate, loose)
            if outcome is not None and not is_failure(outcome):
                return outcome
        return None


def _split_at_existing(probe: Probe, path: str) -> tuple[DirInfo, str]:
    """Give the nearest directory above a path that there is, and the rest of the path."""
    above = parent_of(path)
    while (info := probe.directory(above)) is None:
        above = parent_of(above)
    return info, path[len(above.rstrip("/")) + 1 :]


def _rewritten(rule: CompiledAlias, target: str, text: str) -> str | None:
    """Rewrite a path by a rule; None if the rule does not apply, or would lead back to what it applies to."""
    if rule.is_wildcard and _matches_wildcard(rule, text):
        star = text[len(rule.prefix) : len(text) - len(rule.suffix)]
        rewritten = target.replace("*", star, 1)
        return None if rewritten == text else rewritten
    if text == rule.name or (not rule.only_module and text.startswith(rule.inside)):
        if text == target or text.startswith(f"{target}/"):
            return None
        return target + text[len(rule.name) :]
    return None


def _matches_wildcard(rule: CompiledAlias, text: str) -> bool:
    return (
        len(text) >= len(rule.prefix) + len(rule.suffix) and text.startswith(rule.prefix) and text.endswith(rule.suffix)
    )


def _is_recursion(outcome: Outcome) -> bool:
    error = getattr(outcome, "error", None)
    return error is not None and error.code is Code.RECURSION
