"""Results -> text, one module per format, found by listing this folder; no mathematics, files or clock.

A format is a module with `render(results) -> str` and a literal `FILE`, the name it has in a result folder.
"""
