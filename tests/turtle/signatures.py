"""Compares the module `turtle` of a sandbox with the source of the standard library's: names, and their parameters."""

import ast
import inspect
import os
import turtle

with open(os.path.join(os.path.dirname(os.__file__), "turtle.py"), encoding="utf-8") as file:
    source = ast.parse(file.read())

classes = {node.name: node for node in source.body if isinstance(node, ast.ClassDef)}
functions = {node.name: node for node in source.body if isinstance(node, ast.FunctionDef)}
lists = {}
for node in source.body:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.List):
        lists[node.targets[0].id] = ast.literal_eval(node.value)


def methods(name):
    """The methods of a class of the source by their names, inherited ones included."""
    found = {}
    for base in reversed(classes[name].bases):
        if isinstance(base, ast.Name) and base.id in classes:
            found.update(methods(base.id))
    for node in classes[name].body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in found:
            found[node.targets[0].id] = found[node.value.id]
    return found


def parameters(node):
    """Names of parameters with their defaults, as text."""
    defaults = [None] * (len(node.args.args) - len(node.args.defaults)) + node.args.defaults
    said = [arg.arg if value is None else f"{arg.arg}={ast.unparse(value)}" for arg, value in zip(node.args.args, defaults)]
    said += [f"*{node.args.vararg.arg}"] if node.args.vararg else []
    said += [f"{arg.arg}={ast.unparse(value)}" for arg, value in zip(node.args.kwonlyargs, node.args.kw_defaults)]
    return said + ([f"**{node.args.kwarg.arg}"] if node.args.kwarg else [])


def actual(function):
    said = []
    for one in inspect.signature(function).parameters.values():
        star = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        said.append(star + one.name + ("" if one.default is one.empty else f"={one.default!r}"))
    return said


def compare(name, node, function, skipped=0, scope=object):
    expected, found = parameters(node)[skipped:], actual(function)
    # By value where the texts differ: `0.5` may be written `.5`.
    same = len(expected) == len(found) and all(a == b or evaluated(a, scope) == evaluated(b, scope) for a, b in zip(expected, found))
    assert same, f"{name}: {expected} in the standard library, {found} here"


def evaluated(text, scope):
    """A parameter with the value of its default, which may be a name in its class."""
    name, _, value = text.partition("=")
    names = {key: one for base in reversed(scope.__mro__) for key, one in vars(base).items()}
    return name, eval(value, vars(turtle), names) if value else None


names = sum((value for key, value in lists.items() if key in turtle.__all__ or key.startswith("_tg_")), [])
expected = {*names, "Terminator"}
assert len(expected) > 120 and set(turtle.__all__) == expected, set(turtle.__all__) ^ expected
for name in expected:
    assert hasattr(turtle, name), f"{name} is missing"

compared = 0
for class_name in ("TNavigator", "TPen", "RawTurtle", "Turtle", "TurtleScreen", "_Screen", "Vec2D", "Shape"):
    for name, node in methods(class_name).items():
        scope = getattr(turtle, class_name)
        compare(f"{class_name}.{name}", node, getattr(scope, name), scope=scope)
        compared += 1
for names, class_name in (("_tg_screen_functions", "_Screen"), ("_tg_turtle_functions", "Turtle")):
    for name in lists[names]:
        # Functions have the parameters of the method without `self`.
        compare(name, methods(class_name)[name], getattr(turtle, name), skipped=1)
        compared += 1
compare("Screen", functions["Screen"], turtle.Screen)
assert turtle.done is turtle.mainloop
print(f"{compared > 300}: all are the same")
