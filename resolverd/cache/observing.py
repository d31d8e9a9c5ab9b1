"""Beginning, checking and ending an observation: what an engine does for who reads directories as a whole."""

from __future__ import annotations

from resolverd.arena.edges import VOLATILE, Trace
from resolverd.cache.observations import Observation, Observer
from resolverd.cache.store import Caches


def observe(caches: Caches, path: str, observer: Observer, *, is_watched: bool) -> Observation:
    """List a directory as it is now. What must not be believed later is void from the beginning."""
    observation = Observation(path, observer)
    while True:
        caches.tree.looker.troubles.clear()
        trace: Trace = []
        caches.observations.look(observation, trace)
        observation.is_sure = is_watched and caches.is_told(trace)
        if observation.is_sure or not caches.is_outdated(trace):
            break
    if VOLATILE in trace:
        # Without either, a directory above cannot be listed, and this one could be looked at all the same.
        observation.trouble = next(iter(caches.tree.looker.troubles), observation.trouble)
        caches.let_go(trace)
    else:
        observation.node = caches.edges.derive(caches.observations, observation, trace)
    return observation


def is_still_so(caches: Caches, observation: Observation) -> bool:
    """Tell whether a directory is what it was; one that nobody tells of is compared with the disk, once a turn."""
    if observation.node and not observation.is_sure:
        caches.recheck(observation.node)
    return observation.node != 0


def let_go(caches: Caches, observation: Observation) -> None:
    """End an observation; nobody is told."""
    if observation.node:
        observation.observer = None
        caches.edges.bust(observation.node)
