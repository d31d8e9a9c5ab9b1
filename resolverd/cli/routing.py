"""`routes`: the routes of a directory of pages, or the page that answers to a URL."""

from __future__ import annotations

from argparse import Namespace

from resolverd.cli.asking import open_asker
from resolverd.cli.display import note, print_json, print_pairs, say
from resolverd.cli.exits import Exit
from resolverd.cli.places import path_of
from resolverd.terms import Route, RouteMatch


def routes(arguments: Namespace) -> int:
    """List routes, or match one. What is wrong with the pages is told in either case, and nothing else then."""
    directory = path_of(arguments.directory)
    with open_asker(arguments) as client:
        listed = client.routes(directory, reload=True)
        if arguments.url is None:
            _print_routes(listed, directory, is_json=arguments.json)
            return Exit.DONE
        match = client.match_route(arguments.url, directory=directory)
    if arguments.json:
        print_json({"match": None if match is None else match_row(match)})
    elif match is not None:
        say(match.file)
    else:
        note(f"no page in {directory} answers to {arguments.url}; its routes: resolverd routes {arguments.directory}")
    return Exit.NOT_RESOLVED if match is None else Exit.DONE


def _print_routes(listed: list[Route], directory: str, *, is_json: bool) -> None:
    if is_json:
        rows = [{"name": route.name, "kind": route.kind, "filePath": route.file} for route in listed]
        print_json({"routes": rows})
    elif listed:
        print_pairs((route.name, route.file) for route in listed)
    else:
        note(f"{directory} has no pages: files that end in .tsx, .jsx, .ts, .mjs, .cjs or .js")


def match_row(match: RouteMatch) -> dict[str, object]:
    """A match as JSON has it: under the names of Bun's router."""
    return {
        "name": match.name,
        "kind": match.kind,
        "filePath": match.file,
        "pathname": match.pathname,
        "query": match.query,
        "params": match.params,
        "src": match.src,
        "scriptSrc": match.src,
    }
