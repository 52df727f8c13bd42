"""What can be asked of an answer: one short function per question.

`judge` asks what a case's ``expect`` says; `operators` compares one value; `shapes` holds a body against its schema;
`places` compares points and boxes, `crops` pictures, `links` fields with each other; `formats` writes the truth as a
vendor does.
"""

from conformance.checks.judge import judge

__all__ = ["judge"]
