"""Which module format a file has, and whether a name is a built-in module (Node API, ESM_FILE_FORMAT)."""

from __future__ import annotations

from resolverd.manifests.package_json import PackageJson
from resolverd.terms import Format

_BY_EXTENSION = {
    "mjs": Format.MODULE,
    "mts": Format.MODULE,
    "cjs": Format.COMMONJS,
    "cts": Format.COMMONJS,
    "json": Format.JSON,
    "wasm": Format.WASM,
    "node": Format.ADDON,
}
_BY_SCOPE = frozenset({"js", "ts", "jsx", "tsx"})


def file_format(name: str, scope: PackageJson | None) -> Format | None:
    """Give the format of a file by its extension, for `.js` by the enclosing package.json's `type`.

    None for a file that Node would not load.
    """
    dot = name.rfind(".")
    extension = name[dot + 1 :] if dot > 0 else ""
    if extension in _BY_SCOPE:
        return Format.MODULE if scope is not None and scope.type == "module" else Format.COMMONJS
    return _BY_EXTENSION.get(extension)


def states_format(name: str, scope: PackageJson | None) -> bool:
    """Tell whether a file's format is stated, by its extension or by a `type`, and not Node's default."""
    return name.rpartition(".")[2] not in _BY_SCOPE or (scope is not None and scope.type is not None)


# Node 24's `module.builtinModules` without those that exist with the prefix only.
BUILTINS = frozenset(
    {
        "_http_agent",
        "_http_client",
        "_http_common",
        "_http_incoming",
        "_http_outgoing",
        "_http_server",
        "_stream_duplex",
        "_stream_passthrough",
        "_stream_readable",
        "_stream_transform",
        "_stream_wrap",
        "_stream_writable",
        "_tls_common",
        "_tls_wrap",
        "assert",
        "assert/strict",
        "async_hooks",
        "buffer",
        "child_process",
        "cluster",
        "console",
        "constants",
        "crypto",
        "dgram",
        "diagnostics_channel",
        "dns",
        "dns/promises",
        "domain",
        "events",
        "fs",
        "fs/promises",
        "http",
        "http2",
        "https",
        "inspector",
        "inspector/promises",
        "module",
        "net",
        "os",
        "path",
        "path/posix",
        "path/win32",
        "perf_hooks",
        "process",
        "punycode",
        "querystring",
        "readline",
        "readline/promises",
        "repl",
        "stream",
        "stream/consumers",
        "stream/promises",
        "stream/web",
        "string_decoder",
        "sys",
        "timers",
        "timers/promises",
        "tls",
        "trace_events",
        "tty",
        "url",
        "util",
        "util/types",
        "v8",
        "vm",
        "wasi",
        "worker_threads",
        "zlib",
    }
)
_PREFIX_ONLY = frozenset({"sea", "sqlite", "test", "test/reporters"})


def builtin_name(path: str) -> str | None:
    """Give a built-in module's name with its `node:` prefix; None if the specifier is none without the prefix."""
    if path.startswith("node:"):
        return path
    return f"node:{path}" if path in BUILTINS else None


def is_known_builtin(name: str) -> bool:
    """Tell whether a `node:` name is a module that Node has."""
    plain = name.removeprefix("node:")
    return plain in BUILTINS or plain in _PREFIX_ONLY
