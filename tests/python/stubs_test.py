"""The type stubs beside the module say what the module has, no more and no less."""
import ast
import inspect
import pathlib
import unittest

import backflow as bf

STUB = pathlib.Path(bf.__file__).parent / "backflow-stubs/__init__.pyi"


def public(thing):
    return {name for name in vars(thing) if not name.startswith("_")}


def declared(body):
    names = {getattr(node, "name", None) for node in body}
    return names | {t.id for n in body if isinstance(n, ast.Assign) for t in n.targets}


class Stubs(unittest.TestCase):
    def setUp(self):
        self.tree = ast.parse(STUB.read_text())
        self.classes = {n.name: n for n in self.tree.body if isinstance(n, ast.ClassDef)}

    def test_names_are_those_of_the_module(self):
        self.assertEqual({n for n in declared(self.tree.body) - {None} if not n.startswith("_")}, public(bf))

    def test_members_are_those_of_the_classes(self):
        for name, node in self.classes.items():
            with self.subTest(name=name):
                names = {n for n in declared(node.body) - {None} if not n.startswith("_")}
                self.assertEqual(names, public(getattr(bf, name)))

    def test_operators_and_constructors_are_there(self):
        for name, methods in {"Value": ("__add__", "__radd__", "__matmul__", "__getitem__"), "Trainer": ("__init__",)}.items():
            self.assertLessEqual(set(methods), declared(self.classes[name].body))

    def test_arguments_and_types_are_named(self):
        conv2d = next(n for n in self.tree.body if getattr(n, "name", "") == "conv2d")
        types = {a.arg: ast.unparse(a.annotation) for a in conv2d.args.args + conv2d.args.kwonlyargs}
        self.assertEqual(types["kernel"], "Union[int, Tuple[int, int]]")
        self.assertEqual(types["w"], "Optional[Value]")
        self.assertEqual(types["out"], "int")
        self.assertEqual(types["padding"], "Union[int, Sequence[int]]")
        trainer = next(n for n in self.classes["Trainer"].body if getattr(n, "name", "") == "__init__")
        self.assertIn("Optional[Trace]", ast.unparse(trainer.args))

    def test_every_type_is_one_that_the_stub_knows(self):
        import builtins

        imported = {a.name for n in self.tree.body if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names}
        known = imported | set(self.classes) | set(dir(builtins)) | declared(self.tree.body)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                arguments = [a.annotation for a in node.args.posonlyargs + node.args.args + node.args.kwonlyargs]
                for annotation in filter(None, [*arguments, node.returns]):
                    for part in ast.walk(annotation):
                        if isinstance(part, ast.Name):
                            self.assertIn(part.id, known, node.name)

    def test_a_class_of_the_stub_is_a_class_of_the_module(self):
        for name in self.classes:
            self.assertTrue(inspect.isclass(getattr(bf, name)), name)


if __name__ == "__main__":
    unittest.main()
