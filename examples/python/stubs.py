"""Writes the type stubs of the module `backflow`, from its own signatures and docstrings: stubs.py FILE."""
import ast
import inspect
import pathlib
import re
import sys

import backflow

SIGNATURE = re.compile(r"^(?:\d+\. )?(\w+)(\(.*\)) -> (.*)$", re.M)
HEAD = '''"""{doc}"""
import os
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple, Union, overload

import numpy

__version__: str
'''


class Types(ast.NodeTransformer):
    """pybind11's names of types as those that type checkers know."""

    def visit_Attribute(self, node):
        if node.attr == "PathLike":
            return ast.parse("Union[str, os.PathLike[str]]", mode="eval").body
        return ast.Name(node.attr) if ast.unparse(node.value) == "backflow" else node

    def visit_Subscript(self, node):
        if ast.unparse(node.value) == "numpy.ndarray":
            return node.value
        return self.generic_visit(node)

    def visit_Name(self, node):
        return ast.Name({"object": "Any", "handle": "Any", "function": "Callable[..., Any]", "sequence": "Sequence[Any]", "iterable": "Iterable[Any]"}.get(node.id, node.id))


def literal(node):
    try:
        ast.literal_eval(node)
        return node
    except ValueError:
        return ast.Constant(...)


def accepted(annotation, default):
    """Lists may be tuples, and what is None by default may be None."""
    text = ast.unparse(annotation).replace("List[", "Sequence[")
    if isinstance(default, ast.Constant) and default.value is None and not text.startswith("Optional"):
        text = f"Optional[{text}]"
    return ast.parse(text, mode="eval").body


def arguments_of(function):
    arguments = function.args
    defaults = [None] * (len(arguments.args) - len(arguments.defaults)) + arguments.defaults + arguments.kw_defaults
    for argument, default in zip(arguments.args + arguments.kwonlyargs, defaults):
        argument.annotation = argument.annotation and accepted(argument.annotation, default)
    arguments.defaults = [literal(d) for d in arguments.defaults]
    arguments.kw_defaults = [d and literal(d) for d in arguments.kw_defaults]
    if any(a.arg.startswith("arg") for a in arguments.args):  # pybind11's names of arguments without one
        arguments.posonlyargs, arguments.args = arguments.args, []
    if arguments.args and arguments.args[0].arg == "self":
        arguments.args[0].annotation = None
    if arguments.posonlyargs and arguments.posonlyargs[0].arg == "self":
        arguments.posonlyargs[0].annotation = None
    return ast.unparse(arguments)


def functions(name, docstring, indent=""):
    """One function, or all overloads of it."""
    signatures = list(SIGNATURE.finditer(docstring))
    signatures = [s for s in signatures if s[1] == name and s[2] != "(*args, **kwargs)"]
    for i, found in enumerate(signatures):
        end = signatures[i + 1].start() if i + 1 < len(signatures) else len(docstring)
        text = f"def {name}{found[2]} -> {found[3]}: ..."
        text = re.sub(r"= <[^>]*>", "= ...", text)
        node = Types().visit(ast.parse(text).body[0])
        if len(signatures) > 1:
            yield f"{indent}@overload"
        doc = docstring[found.end() : end].strip()
        yield f"{indent}def {name}({arguments_of(node)}) -> {ast.unparse(node.returns)}:{'' if doc else ' ...'}"
        if doc:
            yield f"{indent}    {inspect.cleandoc(doc)!r}"
    if not signatures:
        raise SystemExit(f"{name} has no signature that can be read: {docstring!r}")


def members(cls):
    for name, member in vars(cls).items():
        if isinstance(member, property):
            returns = member.fget.__doc__.split("->")[1].split("\n")[0]
            returns = ast.unparse(Types().visit(ast.parse(returns.strip(), mode="eval").body))
            yield f"    @property\n    def {name}(self) -> {returns}:\n        {member.__doc__!r}"
        elif name == "__array_ufunc__":
            yield f"    {name}: None"
        elif isinstance(member, staticmethod):
            yield "    @staticmethod"
            yield from functions(name, member.__func__.__doc__, "    ")
        elif callable(member) and "(self: " in (member.__doc__ or ""):
            yield from functions(name, member.__doc__, "    ")


def stub():
    yield HEAD.format(doc=backflow.__doc__)
    for name, thing in vars(backflow).items():
        if inspect.isclass(thing):
            yield f"class {name}:\n    {thing.__doc__!r}"
            yield from members(thing)
        elif callable(thing):
            yield from functions(thing.__name__, thing.__doc__) if thing.__name__ == name else [f"{name} = {thing.__name__}"]


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(stub()) + "\n")
