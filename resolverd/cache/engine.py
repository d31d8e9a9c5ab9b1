"""The engine: one atomic question at a time, answered from the cache or resolved and remembered.

The facts. A warm answer must equal a cold one over the same tree. Everything between reading a cached fact and
returning the answer made from it is plain synchronous code, so no other task can come between.

What we do. A question is (mode, origin, specifier); a mode is one set of options. A hit ends here. A miss is resolved
through a probe, whose trace becomes the answer's node. Where every place of the trace is watched, each turn begins by
taking in what happened, and answers are believed. Where one is not, they are not, neither old ones nor those just made
from what is remembered: the directories and manifests of the trace are compared with the disk, each at most once a turn,
and if any differ the question is resolved once more (the ENOENT retry). So it is without a watcher; where busts stand in
for one, for failures only.
What was made from something that could not be looked at is returned and forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import islice

from resolverd.arena.edges import VOLATILE, Source, Trace
from resolverd.cache import invalidate, observing
from resolverd.cache.answers import Follower
from resolverd.cache.cached import CachedAnswer
from resolverd.cache.configs import describe_tsconfig
from resolverd.cache.dependencies import dependencies
from resolverd.cache.failures import describe_failure
from resolverd.cache.modes import Modes
from resolverd.cache.observations import Observation, Observer
from resolverd.cache.origins import applying_pnp, applying_tsconfig, relocate, tsconfig_problem
from resolverd.cache.store import Caches
from resolverd.errors import InvariantError, OptionsError
from resolverd.paths import ancestors, join, name_of, normal, parent_of
from resolverd.resolution.answer import failed
from resolverd.resolution.modules import Hierarchies
from resolverd.resolution.options import describe_options, parse_options
from resolverd.resolution.probe import Probe
from resolverd.resolution.profiles import DEFAULT_PROFILE, Profile, single
from resolverd.resolution.project import find_profile
from resolverd.terms import (
    Answer,
    Busted,
    Code,
    Dependencies,
    EngineStats,
    Explanation,
    Kind,
    Origin,
    Status,
    Step,
    TsconfigQuestion,
    TsconfigReport,
    Unwatched,
)
from resolverd.tree.dirtree import MAX_DEPTH
from resolverd.view.base import DirectoryView
from resolverd.view.disk import DiskView
from resolverd.watch.base import Watcher

DEFAULT_LIMIT = 512 * 1024 * 1024
"""Bytes (estimated) above which the oldest answers are given up."""

MAX_TOLD = 100
"""Unwatched places that are named; the others are counted."""

_COLLECT_AFTER = 4096
"""Directories voided before parked slots are looked through."""


class Engine:
    """Resolves imports over a view of the file system and remembers what it found."""

    def __init__(
        self,
        view: DirectoryView | None = None,
        *,
        limit: int = DEFAULT_LIMIT,
        watcher: Watcher | None = None,
        is_told: bool = False,
    ) -> None:
        """`limit` is in bytes (estimated). `is_told` says, where there is no watcher, that busts tell what one would."""
        self._view = view or DiskView()
        self._watcher = watcher
        self._is_told = is_told
        self._limit = limit
        self._caches = Caches(self._view, watcher)
        self.publisher = self._caches.answers.publisher
        self._modes = Modes(Hierarchies(self._caches.edges), self._caches.answers.tables)
        self._turn = 0
        self._epoch = 0
        self._hits = 0
        self._misses = 0
        self._busts = 0
        self._retries = 0
        self._evictions = 0
        self._collected_at = 0
        self._events = 0
        self._losses = 0

    # -- profiles and modes --------------------------------------------------------------------------------------

    def named_profile(self, name: str, directory: str | None = None) -> Profile:
        """Find a profile by name: shipped, or in the nearest resolverd.toml above a directory. Raises `OptionsError`."""
        return find_profile(self._view, name, directory)

    def open_profile(self, profile: Profile) -> int:
        """Give the number of a profile; equal profiles have one. Raises `LimitError` when there are too many."""
        return self._modes.open_profile(profile)

    def mode(self, profile: int, kind: Kind, types: bool = False) -> int:  # noqa: FBT001, FBT002  the wire's own shape
        """Give the mode of a profile for a kind of import, with `types` for declarations. Raises `OptionsError`."""
        return self._modes.of(profile, kind, types=types)

    # -- questions -----------------------------------------------------------------------------------------------

    def answer(self, mode: int, directory: str, specifier: str) -> Answer:
        """Resolve a specifier from a directory (absolute path)."""
        specifiers = self._caches.answers.tables[mode].get(directory)
        if specifiers is not None:
            cached = specifiers.get(specifier)
            if cached is not None and (cached.is_sure or self._is_still_so(cached)):
                self._hits += 1
                if cached.published != self.publisher.generation:
                    self.publisher.publish(cached)
                return cached.answer
        self._misses += 1
        return self._resolve_and_keep(mode, directory, specifier)

    def answer_from(self, mode: int, importer: str, specifier: str) -> Answer:
        """Resolve a specifier from a file, which need not exist."""
        return self.answer(*self._modes.origin(mode, importer), specifier)

    def mode_by_file(self, mode: int) -> int:
        """Give the mode under which answers to files are kept; -1: that of directories."""
        return self._modes.opened[mode].by_file

    @property
    def watcher(self) -> Watcher | None:
        """Whoever tells of changes."""
        return self._watcher

    def follow(self, follower: Follower) -> None:
        """Tell somebody from now on which answers were voided."""
        self._caches.answers.follower = follower

    def hold(self, mode: int, origin: str, specifier: str, *, is_file: bool) -> CachedAnswer:
        """Resolve, and give the answer as it is kept: the follower is told when it is voided.

        Nobody is told of one that is not kept (its node is 0) or not sure.
        """
        mode, place = self._modes.origin(mode, origin) if is_file else (mode, origin)
        answer = self.answer(mode, place, specifier)
        cached = self._caches.answers.find(mode, place, specifier)
        return cached or CachedAnswer(answer, mode, place, specifier, self._turn, is_sure=False)

    def _is_still_so(self, cached: CachedAnswer) -> bool:
        """Compare what an answer was made from with the disk, once a turn; whether it still stands."""
        if cached.turn != self._turn:
            self._retries += 1
            self._caches.recheck(cached.node)
            cached.turn = self._turn
        return cached.node != 0

    def _resolve_and_keep(self, mode: int, origin: str, specifier: str) -> Answer:
        answer, probe, is_sure = self._resolve_as_it_is(mode, origin, specifier)
        caches = self._caches
        if answer.status is Status.FAILED:
            answer = describe_failure(caches, answer, origin, probe.trace)
        if VOLATILE in probe.trace:
            caches.let_go(probe.trace)
            return answer
        cached = CachedAnswer(answer, mode, origin, specifier, self._turn, is_sure=is_sure)
        cached.node = caches.edges.derive(caches.answers, cached, probe.trace)
        caches.answers.add(cached)
        if self.publisher.generation:
            self.publisher.publish(cached)
        return answer

    def _is_sure(self, answer: Answer, probe: Probe) -> bool:
        """Tell whether an answer may be believed until it is busted. Busts alone tell of what was found, and may come late."""
        if self._watcher is None:
            return self._is_told and answer.status is not Status.FAILED
        return self._caches.is_told(probe.trace)

    def _resolve_as_it_is(
        self, mode: int, origin: str, specifier: str, steps: list[Step] | None = None
    ) -> tuple[Answer, Probe, bool]:
        """Resolve, and tell whether the answer is sure; if what that was made from is not told of and differs from the disk, once more (the ENOENT retry).

        Another way may lead past other places that are not told of: until nothing differs. Each place is compared at
        most once a turn.
        """
        while True:
            answer, probe = self._resolve(mode, origin, specifier, steps)
            is_sure = self._is_sure(answer, probe)
            if is_sure or not self._caches.is_outdated(probe.trace):
                return answer, probe, is_sure
            self._retries += 1
            if steps is not None:
                steps.clear()

    def _resolve(self, mode: int, origin: str, specifier: str, steps: list[Step] | None = None) -> tuple[Answer, Probe]:
        caches = self._caches
        caches.tree.looker.troubles.clear()
        opened = self._modes.opened[mode]
        options = opened.options
        probe = Probe(caches.tree, caches.scopes, steps)
        importer = None
        if self._modes.is_by_file(mode):
            origin, importer = parent_of(origin), name_of(origin)
        if "/." in origin or "//" in origin or origin[-1] == "/":
            origin = normal(origin)
        if options.pnp:
            probe.follow_pnp(partial(applying_pnp, caches, options.cwd or origin))
        info = probe.directory(origin)
        if info is None:
            info, specifier = relocate(probe, origin, specifier)
            importer = importer and f"{origin[len(info.path.rstrip('/')) + 1 :]}/{importer}"
        if options.tsconfig is not None:
            probe.tsconfig = applying_tsconfig(caches, options.tsconfig, info, importer, probe)
            problem = tsconfig_problem(options.tsconfig, probe.tsconfig)
            if problem is not None:
                return failed(Code.TSCONFIG, problem), probe
        return opened.resolver.resolve(probe, info, specifier), probe

    def fresh(self, mode: int, origin: str, specifier: str, *, is_file: bool) -> Answer:
        """Resolve with nothing remembered, as a new engine would, to compare with."""
        engine = Engine(self._view)
        opened = self._modes.opened[mode]
        cold = engine.mode(engine.open_profile(single("fresh", "", opened.options)), opened.kind)
        return engine.answer_from(cold, origin, specifier) if is_file else engine.answer(cold, origin, specifier)

    def explain(self, mode: int, origin: str, specifier: str, *, is_file: bool) -> Explanation:
        """Resolve once more and give every step. Nothing of it is kept but what the directories say."""
        steps: list[Step] = []
        if is_file:
            mode, origin = self._modes.origin(mode, origin)
        caches = self._caches
        known = caches.edges.live()
        is_remembered = caches.answers.find(mode, origin, specifier) is not None
        answer, probe, _ = self._resolve_as_it_is(mode, origin, specifier, steps)
        if answer.status is Status.FAILED:
            answer = describe_failure(caches, answer, origin, probe.trace)
        origins = _numbered(caches.edges.sources_under(probe.trace), known)
        caches.let_go(probe.trace)
        setting = Step(0, describe_options(self._modes.opened[mode].options))
        return Explanation(answer, (setting, *steps), origins, is_remembered)

    def trace(self, mode: int, origin: str, specifier: str, *, is_file: bool) -> Dependencies:
        """Resolve, and tell what the answer depends on."""
        cached = self.hold(mode, origin, specifier, is_file=is_file)
        return dependencies(self._caches, cached.answer, cached.node)

    def tsconfig(self, question: TsconfigQuestion) -> TsconfigReport:
        """Tell of tsconfigs as they are now. Raises `OptionsError` for a question that lacks something."""
        caches = self._caches
        while True:
            trace: Trace = []
            report = describe_tsconfig(caches, question, trace)
            if caches.is_told(trace) or not caches.is_outdated(trace):
                caches.let_go(trace)
                return report

    def observe(self, path: str, observer: Observer) -> Observation:
        """List a directory (absolute, normal path) as a whole. The observer is told, once, when a change makes that void.

        What could not be looked at is void from the beginning, and nobody is told.
        """
        return observing.observe(self._caches, path, observer, is_watched=self._watcher is not None)

    def is_still_so(self, observation: Observation) -> bool:
        """Tell whether an observed directory is what it was."""
        return observing.is_still_so(self._caches, observation)

    def let_go(self, observation: Observation) -> None:
        """Observe a directory no longer."""
        observing.let_go(self._caches, observation)

    def resolve(
        self,
        specifier: str,
        *,
        importer: str | None = None,
        directory: str | None = None,
        kind: str | Kind = Kind.IMPORT,
        types: bool = False,
        profile: str | Profile = DEFAULT_PROFILE,
        options: Mapping[str, object] | None = None,
    ) -> Answer:
        """Resolve one specifier from an importing file or a directory, looking at the disk as it is now.

        `options` (enhanced-resolve's names) stand alone, without a profile. Raises `OptionsError`.
        """
        if (importer is None) == (directory is None):
            raise OptionsError("give either importer or directory")
        if options is not None:
            profile = single("options", "", parse_options(options))
        elif isinstance(profile, str):
            profile = self.named_profile(profile, directory if importer is None else parent_of(importer))
        self.begin_turn()
        mode = self.mode(self.open_profile(profile), Kind(kind), types)
        if importer is not None:
            return self.answer_from(mode, importer, specifier)
        assert directory is not None
        return self.answer(mode, directory, specifier)

    # -- busting -------------------------------------------------------------------------------------------------

    @property
    def watch_descriptor(self) -> int | None:
        """The file descriptor that becomes readable when there is something to drain; None without a watcher."""
        return None if self._watcher is None else self._watcher.descriptor

    def drain(self, most: int | None = None) -> None:
        """Take in what the watcher has to tell: a change that any process has finished is in every answer after it.

        With `most`, take in about so many bytes of it, oldest first: a part, before no answer.
        """
        assert self._watcher is not None
        changes, lost = self._watcher.drain(most)
        self._events += len(changes)
        if lost:
            # What was lost may be anything. Nothing that is queued or watched is of use any more.
            self._losses += 1
            self.publisher.retire()
            self._watcher.renew()
            self.bust_all()
        elif changes:
            invalidate.apply_changes(self._caches, changes)
        # The watcher raised it before it read.
        self.publisher.lower_gate()

    def begin_turn(self) -> None:
        """Start a turn. What was received before it is answered from what the disk is now; then limits are kept."""
        if self._watcher is not None:
            self.drain()
        self._turn += 1
        self._caches.tree.listings.turn = self._turn
        if self._caches.size() > self._limit:
            self._evict()
        elif self._caches.tree.voided - self._collected_at > _COLLECT_AFTER:
            self._collect()

    def _collect(self) -> None:
        self._caches.collect()
        self._collected_at = self._caches.tree.voided

    def _evict(self) -> None:
        """Give up the older half of the answers, and what only they were made from."""
        self._caches.answers.lose()
        answers = list(self._caches.answers)
        for cached in answers[: len(answers) // 2 + 1]:
            self._caches.edges.bust(cached.node)
            self._evictions += 1
        self._collect()

    def missing(self, path: str) -> Busted:
        """Take word that an answer could not be opened: compare its directories and manifests with the disk."""
        self.begin_turn()
        before = self._caches.voided()
        # Nothing is known of what is deeper, and each directory is walked from the root.
        for directory in ancestors(parent_of(normal(path)))[-MAX_DEPTH - 1 :]:
            for real in self._caches.tree.real_paths(directory):
                self._caches.tree.recheck(real)
                for name in ("package.json", "tsconfig.json", "jsconfig.json"):
                    self._caches.contents.recheck(join(real, name), self._turn)
        self._retries += 1
        return self._caches.voided_since(before)

    def bust_path(self, path: str) -> Busted:
        """Void everything that depends on a path: what is there, what was not there, and all below it."""
        self._busts += 1
        return invalidate.bust_path(self._caches, path)

    def bust_specifier(self, origin: str, specifier: str, *, is_file: bool) -> Busted:
        """Void the answers to one question, in every mode."""
        self._busts += 1
        self.begin_turn()
        origins = (parent_of(origin), origin) if is_file else (origin,)
        return invalidate.bust_answers(self._caches, origins, specifier)

    def bust_all(self) -> Busted:
        """Void everything and begin a new epoch."""
        self._busts += 1
        self._epoch += 1
        self.publisher.retire()
        self._caches.answers.lose()
        return invalidate.bust_all(self._caches)

    # -- telling -------------------------------------------------------------------------------------------------

    def stats(self) -> EngineStats:
        """Count what is held and what was done."""
        caches = self._caches
        directories, directory_slots, listings = caches.tree.counts()
        packages, package_slots = caches.scopes.counts()
        tsconfigs, tsconfig_slots = caches.tsconfigs.counts()
        table = self.publisher.table
        return EngineStats(
            answers=caches.answers.count,
            directories=directories,
            directory_slots=directory_slots,
            listings=listings,
            packages=packages,
            package_slots=package_slots,
            tsconfigs=tsconfigs,
            tsconfig_slots=tsconfig_slots,
            facts=len(caches.edges),
            edges=caches.edges.edges,
            profiles=len(self._modes),
            epoch=self._epoch,
            hits=self._hits,
            misses=self._misses,
            busts=self._busts,
            retries=self._retries,
            evictions=self._evictions,
            watched=0 if self._watcher is None else len(self._watcher),
            unwatched=caches.tree.listings.unwatched + caches.contents.unwatched,
            events=self._events,
            losses=self._losses,
            voided=caches.answers.voided,
            tables=self.publisher.made,
            published=0 if table is None else table.live,
            table_bytes=0 if table is None else table.used_bytes,
        )

    def unwatched(self) -> tuple[Unwatched, ...]:
        """Give the topmost places that the watcher cannot watch, the first `MAX_TOLD` of them."""
        if self._watcher is None:
            return ()
        return tuple(map(self._watcher.blindness, islice(self._caches.topmost_unwatched(), MAX_TOLD)))

    def projects(self) -> dict[str, int]:
        """Count the answers of each project: by the directory of the package.json above the importer, as far as known."""
        counts: dict[str, int] = {}
        for table in self._caches.answers.tables:
            for origin, specifiers in table.items():
                project = self._caches.scopes.project_of(origin)
                counts[project] = counts.get(project, 0) + len(specifiers)
        return counts

    def check(self) -> None:
        """State every invariant of the engine (ARCHITECTURE.md). Raises `InvariantError`."""
        self._caches.check()
        if self._watcher is not None and len(self._watcher) > self._caches.watches():
            raise InvariantError(f"watches: {len(self._watcher)} held, {self._caches.watches()} relied on")


def _numbered(sources: list[Source], known: set[int]) -> tuple[Origin, ...]:
    """Name the nodes of an explanation by their place in it."""
    places = {source.node: place for place, source in enumerate(sources)}
    return tuple(
        Origin(source.text, source.node in known, tuple(places[node] for node in source.made_from))
        for source in sources
    )
