"""Questions about tsconfigs themselves: what one comes to, which one a file is under, whether it takes a file in."""

from __future__ import annotations

from typing import cast

from resolverd.arena.edges import Trace
from resolverd.cache.store import Caches
from resolverd.errors import OptionsError
from resolverd.manifests.tsconfig import Tsconfig
from resolverd.paths import name_of, normal, parent_of
from resolverd.terms import TsconfigOp, TsconfigProblem, TsconfigQuestion, TsconfigReport
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.tsconfigs import NAMES


def describe_tsconfig(caches: Caches, question: TsconfigQuestion, trace: Trace) -> TsconfigReport:
    """Answer one question. Raises `OptionsError` for one that lacks something."""
    if question.op is TsconfigOp.FIND:
        return TsconfigReport(_find(caches, _path(question.file, question, "file"), question, trace))
    asked = _path(question.tsconfig, question, "tsconfig")
    path = caches.tsconfigs.as_file(asked, trace)
    config = caches.tsconfigs.load(path, trace)
    if config is None:
        return TsconfigReport(problems=(TsconfigProblem("not_found", path, "there is no such file"),))
    problems = tuple(TsconfigProblem(each.kind, each.path, each.message) for each in config.diagnostics)
    if question.op is TsconfigOp.OWNS:
        file = _path(question.file, question, "file")
        return TsconfigReport(config.path, owns=caches.projects.owns(config, file, trace), problems=problems)
    if question.op is TsconfigOp.PATHS:
        if question.specifier is None:
            raise OptionsError("a question of `paths` needs a specifier")
        return TsconfigReport(config.path, candidates=_candidates(config, question.specifier), problems=problems)
    return TsconfigReport(
        config.path,
        cast("dict[str, object]", config.effective_options),
        problems=problems,
        lists=_lists(config),
        origins=_origins(config),
        sources=config.sources,
    )


def _path(given: str | None, question: TsconfigQuestion, name: str) -> str:
    if given is None:
        raise OptionsError(f"a question of `{question.op}` needs a {name}")
    if not given.startswith("/") or "\0" in given:
        raise OptionsError(f"not an absolute path: {given!r}")
    return normal(given)


def _find(caches: Caches, file: str, question: TsconfigQuestion, trace: Trace) -> str | None:
    """Give the config of a file, whose directory need not exist."""
    info, name = _directory(caches, parent_of(file), trace), name_of(file)
    name = file[len(info.path.rstrip("/")) + 1 :] or name
    if question.owning:
        owner = caches.projects.owner(info, name, trace)
        return None if owner is None else owner.path
    names = NAMES if question.config_name is None else (question.config_name,)
    return caches.projects.nearest_named(info, names, trace)


def _directory(caches: Caches, path: str, trace: Trace) -> DirInfo:
    while (info := caches.tree.directory(path, trace)) is None:
        path = parent_of(path)
    return info


def _candidates(config: Tsconfig, specifier: str) -> tuple[str, ...]:
    """Where the config says that a specifier lies; nowhere in particular for a relative one."""
    return () if specifier.startswith(("./", "../")) or specifier in {".", ".."} else config.candidates(specifier)


def _lists(config: Tsconfig) -> dict[str, tuple[str, ...]]:
    given = {"files": config.files, "include": config.include, "exclude": config.exclude}
    lists = {name: value for name, value in given.items() if value is not None}
    return lists | ({"references": config.references} if config.references else {})


def _origins(config: Tsconfig) -> dict[str, str]:
    """Say which file wrote what; references are never inherited."""
    known = set(config.options) | {"files", "include", "exclude"}
    origins = {name: path for name, path in config.origins.items() if name in known}
    return origins | ({"references": config.path} if config.references else {})
