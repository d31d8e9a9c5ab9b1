"""A language server for imports: `resolverd lsp`. It asks the daemon, and finds, names and edits specifiers itself.

`server`, and what it is made of down to `keeping`, has the editor's protocol as a conversation; everything else is plain functions of
texts, trees and answers. It needs the optional dependencies of `resolverd[lsp]`.
"""
