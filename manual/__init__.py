"""Writes the pages of the manual that the code can tell: docs/reference and docs/questions.md.

Run by `make docs`; no part of the installed package. What people write stands in docs/.
"""
