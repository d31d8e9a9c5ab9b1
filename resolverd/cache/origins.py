"""Where a question comes from: the directory it is asked in, and the tsconfig that applies there."""

from __future__ import annotations

from resolverd.cache.store import Caches
from resolverd.manifests.tsconfig import Tsconfig
from resolverd.paths import join, normal, parent_of
from resolverd.resolution.options import TsconfigChoice
from resolverd.resolution.probe import Probe
from resolverd.resolution.specifier import is_relative
from resolverd.tree.dirinfo import DirInfo
from resolverd.tree.pnp import Pnp


def applying_tsconfig(
    caches: Caches, choice: TsconfigChoice, info: DirInfo, name: str | None, probe: Probe
) -> Tsconfig | None:
    """Give the tsconfig that applies: the one named, or the one that the importer is under.

    A question from a directory (`name` None) has no importer: the nearest config, or the reference next to it, applies.
    """
    config = _applying(caches, choice, info, name, probe)
    if probe.steps is not None:
        probe.note(_reason(caches, choice, info, name, probe, config))
    return config


def _applying(caches: Caches, choice: TsconfigChoice, info: DirInfo, name: str | None, probe: Probe) -> Tsconfig | None:
    trace = probe.trace
    if choice.config_file is None:
        return caches.tsconfigs.nearest(info, trace) if name is None else caches.projects.applying(info, name, trace)
    if name is None or choice.references is None:
        return caches.tsconfigs.given(choice.config_file, choice.references, choice.base_url, info.path, trace)
    config: Tsconfig | None = caches.tsconfigs.load(choice.config_file, trace, choice.base_url)
    path = join(info.path, name)
    return config if config is None else caches.projects.referenced(config, path, trace) or config


def _reason(
    caches: Caches, choice: TsconfigChoice, info: DirInfo, name: str | None, probe: Probe, config: Tsconfig | None
) -> str:
    """Say which tsconfig applies, and why that one."""
    if choice.config_file is not None:
        if config is None or config.path == choice.config_file:
            return f"tsconfig {choice.config_file}: named by the options" + ("" if config else ", and not there")
        return f"tsconfig {config.path}: {choice.config_file}, named by the options, refers to it"
    importer = info.path if name is None else join(info.path, name)
    nearest = caches.tsconfigs.nearest(info, probe.trace)
    if nearest is None:
        return f"no tsconfig above {importer}"
    if config is None:
        return f"no tsconfig applies: {nearest.path} does not take in {importer}"
    if config.path == nearest.path:
        return f"tsconfig {config.path}: the nearest above {importer}"
    is_both = nearest.membership.claims(importer)
    return f"tsconfig {config.path} takes in {importer}; {nearest.path}, the nearest, {'refers to it' if is_both else 'does not'}"


def depends_on_file(choice: TsconfigChoice | None) -> bool:
    """Tell whether two files of one directory may be under different tsconfigs."""
    return choice is not None and (choice.config_file is None or choice.references is not None)


def tsconfig_problem(choice: TsconfigChoice, tsconfig: Tsconfig | None) -> str | None:
    """Say why a tsconfig that was named cannot be used; one that was only found is used as far as it goes."""
    if choice.config_file is None:
        return None
    if tsconfig is None:
        return f"tsconfig not found: {choice.config_file}"
    broken = [each for each in tsconfig.diagnostics if each.kind in {"syntax", "unreadable"}]
    return f"tsconfig {broken[0].path}: {broken[0].message}" if broken else None


def applying_pnp(caches: Caches, path: str, probe: Probe) -> Pnp | None:
    """Give the Plug'n'Play manifest that applies: the nearest above a path, which need not exist.

    A package has none of its own, also where one was published by mistake: the way up begins above `node_modules`.
    """
    project = normal(path).partition("/node_modules/")[0]
    return caches.pnp.nearest(nearest_directory(probe, project or "/"), probe.trace)


def nearest_directory(probe: Probe, path: str) -> DirInfo:
    """Give the directory of a path, or the nearest one above that exists."""
    while (info := probe.directory(path)) is None:
        path = parent_of(path)
    return info


def relocate(probe: Probe, origin: str, specifier: str) -> tuple[DirInfo, str]:
    """An importer's directory need not exist: give the nearest one that does, and the specifier as seen from there."""
    info = nearest_directory(probe, origin)
    if is_relative(specifier):
        specifier = f"./{origin[len(info.path.rstrip('/')) + 1 :]}/{specifier}"
    return info, specifier
