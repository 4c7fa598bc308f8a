"""Runs random programs with the turtles of a sandbox and with the standard library's own classes, and compares their states.

The standard library's classes for positions and pens need no canvas: their module is executed with a `tkinter` that has only the
names that it needs to be defined.
"""

import importlib.machinery
import os
import random
import sys
import turtle
import types


def standard():
    """The module of the standard library."""
    fake = types.ModuleType("tkinter")
    fake.Frame, fake.Canvas, fake.Tk, fake.TclError = (type(name, (), {}) for name in ("Frame", "Canvas", "Tk", "TclError"))
    fake.TclError = type("TclError", (Exception,), {})
    fake.simpledialog = types.ModuleType("tkinter.simpledialog")
    sys.modules.update({"tkinter": fake, "tkinter.simpledialog": fake.simpledialog})
    spec = importlib.machinery.PathFinder.find_spec("turtle", [os.path.dirname(os.__file__)])
    module = types.ModuleType("standard_turtle")
    module.__file__ = spec.origin
    exec(spec.loader.get_code("turtle"), vars(module))
    for name in ("tkinter", "tkinter.simpledialog"):
        del sys.modules[name]
    return module


class Reference:
    """The standard library's classes of a turtle without its screen, which only checks colours."""

    def __new__(cls, module, mode):
        class Headless(module.TPen, module.TNavigator):
            def __init__(self):
                self.screen = types.SimpleNamespace(mode=lambda: mode)
                module.TNavigator.__init__(self, mode)
                module.TPen.__init__(self)

            # As of a turtle with a screen, whose colour mode is 1.0.
            _colorstr = lambda self, args: args[0] if len(args) == 1 else args
            _color = lambda self, args: args

        return Headless()


MOVES = {
    "forward": lambda r: (r.uniform(-90, 90),),
    "backward": lambda r: (r.randint(-90, 90),),
    "left": lambda r: (r.uniform(-400, 400),),
    "right": lambda r: (r.randint(-400, 400),),
    "goto": lambda r: (r.uniform(-200, 200), r.uniform(-200, 200)),
    "setx": lambda r: (r.uniform(-200, 200),),
    "sety": lambda r: (r.uniform(-200, 200),),
    "setheading": lambda r: (r.uniform(-400, 400),),
    "circle": lambda r: (r.uniform(-50, 50), r.choice([None, 90, -45, 360]), r.choice([None, 3, 7])),
    "home": lambda r: (),
    "degrees": lambda r: (r.choice([360.0, 400.0, 12.0]),),
    "radians": lambda r: (),
    "penup": lambda r: (),
    "pendown": lambda r: (),
    "pensize": lambda r: (r.randint(1, 9),),
    "speed": lambda r: (r.choice([0, 1, 3, 7.5, 12, "fast", "slowest"]),),
    "hideturtle": lambda r: (),
    "showturtle": lambda r: (),
    "pencolor": lambda r: (r.choice(["red", "light blue", "Orange"]),),
    "fillcolor": lambda r: (r.choice(["green", "DarkOrchid3"]),),
}


def state(one, point):
    return (
        tuple(one.position()), one.heading(), one.isdown(), one.isvisible(), one.pensize(), one.speed(),
        one.pencolor(), one.fillcolor(), one.towards(point), one.distance(point), one.xcor(), one.ycor(),
    )


def compare(mode, seed):
    chance = random.Random(seed)
    screen.mode(mode)
    ours, theirs = turtle.RawTurtle(screen), Reference(reference, mode)
    for step in range(40):
        name = chance.choice(list(MOVES))
        arguments = MOVES[name](chance)
        getattr(ours, name)(*arguments)
        getattr(theirs, name)(*arguments)
        point = (chance.uniform(-100, 100), chance.uniform(-100, 100))
        found, expected = state(ours, point), state(theirs, point)
        assert found == expected, f"{mode} {seed} {step}: {name}{arguments}: {found} and not {expected}"


reference = standard()
screen = turtle.Screen()
screen.tracer(0)
for mode in ("standard", "logo"):
    for seed in range(15):
        compare(mode, seed)

# What only a turtle with a screen can do.
screen.mode("standard")
one = turtle.Turtle()
one.setpos(3, 4)
first = one.stamp()
one.goto(30, 40)
assert one.distance(0, 0) == 50 and round(one.towards(30, 100)) == 90
one.undo()
assert one.position() == (3, 4)
one.clearstamp(first)
other = one.clone()
assert other.position() == one.position() and other is not one
screen.colormode(255)
one.color(255, 0, 10)
assert one.color() == ((255.0, 0.0, 10.0), (255.0, 0.0, 10.0)), one.color()
one.shapesize(2, 3, 4)
assert one.shapesize() == (2, 3, 4)
one.shape("turtle")
one.tilt(30)
assert round(one.tiltangle()) == 30
one.begin_poly()
one.forward(10)
one.left(90)
one.forward(10)
one.end_poly()
assert [tuple(round(n) for n in point) for point in one.get_poly()] == [(3, 4), (13, 4), (13, 14)]
screen.setworldcoordinates(-10, -10, 10, 10)
assert screen.mode() == "world"
for wrong, error, message in (
    (lambda: one.color("blurple"), turtle.TurtleGraphicsError, "bad color string: blurple"),
    (lambda: one.color(1, 2, 300), turtle.TurtleGraphicsError, "bad color sequence: (1, 2, 300)"),
    (lambda: one.shape("cat"), turtle.TurtleGraphicsError, "There is no shape named cat"),
    (lambda: screen.mode("upside-down"), turtle.TurtleGraphicsError, "No turtle-graphics-mode upside-down"),
    (lambda: one.forward("far"), TypeError, ""),
    (lambda: one.forwards(1), AttributeError, "'Turtle' object has no attribute 'forwards'"),
):
    try:
        wrong()
    except error as raised:
        assert message in str(raised), raised
    else:
        raise AssertionError(f"no {error.__name__}: {message}")
print("the states are the same")
