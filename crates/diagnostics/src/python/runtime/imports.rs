//! Modules and names that can't be imported.

use super::context::{Context, all_quoted, quoted};
use crate::{
    finding::Finding,
    python::builtins::MODULES,
    spelling::{differs_by_capitals, nearest},
};

/// Names of modules that a slip or another language makes of them.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("maths", "math"),
    ("Math", "math"),
    ("rand", "random"),
    ("tkinter", "turtle"),
    ("dateTime", "datetime"),
    ("sleep", "time"),
    ("sqrt", "math"),
    ("randint", "random"),
];

/// Names that beginners expect in a module.
const OTHER_MEMBERS: [(&str, &str); 10] = [
    ("squareroot", "sqrt"),
    ("square_root", "sqrt"),
    ("randInt", "randint"),
    ("rand", "random"),
    ("random_int", "randint"),
    ("power", "pow"),
    ("round", "floor"),
    ("wait", "sleep"),
    ("ceiling", "ceil"),
    ("abs", "fabs"),
];

/// Members of the modules that beginners use most.
const MEMBERS: [(&str, &[&str]); 5] = [
    (
        "math",
        &[
            "sqrt",
            "pi",
            "floor",
            "ceil",
            "sin",
            "cos",
            "tan",
            "factorial",
            "gcd",
            "log",
            "log10",
            "pow",
            "radians",
            "degrees",
            "hypot",
            "fabs",
            "isqrt",
        ],
    ),
    (
        "random",
        &["randint", "choice", "shuffle", "sample", "uniform", "random", "randrange", "seed", "choices"],
    ),
    ("time", &["sleep", "time", "perf_counter", "strftime", "localtime"]),
    ("statistics", &["mean", "median", "mode", "stdev"]),
    ("collections", &["Counter", "defaultdict", "deque", "namedtuple", "OrderedDict"]),
];

/// The member of a module that was meant.
pub(crate) fn member(module: &str, name: &str) -> Option<&'static str> {
    let members = MEMBERS.iter().find(|(known, _)| *known == module)?.1;
    let other = OTHER_MEMBERS.iter().find(|(other, right)| *other == name && members.contains(right));
    let right = other.map(|(_, right)| *right).or_else(|| differs_by_capitals(name, members.iter().copied()));
    right.or_else(|| nearest(name, members.iter().copied()))
}

pub(crate) fn explain(context: &Context<'_>) -> Option<Finding> {
    if let Some(name) = quoted(context.message, "No module named ") {
        let capitals = differs_by_capitals(name, MODULES);
        if let Some(right) = capitals.filter(|_| name.chars().any(char::is_uppercase)) {
            return Some(context.finding("module-capital").with("name", name).with("right", right));
        }
        let other = OTHER_NAMES
            .iter()
            .find(|(other, _)| *other == name && *other != "tkinter")
            .map(|(_, right)| *right);
        let right = other.or_else(|| nearest(name, MODULES));
        return Some(match right {
            Some(right) => context.finding("module-misspelled").with("name", name).with("right", right),
            None => context.finding("module-not-there").with("name", name),
        });
    }
    if context.message.starts_with("cannot import name ") {
        let names = all_quoted(context.message);
        let (name, module) = (names.first().copied()?, names.get(1).copied().unwrap_or(""));
        let finding = context.finding(if member(module, name).is_some() {
            "import-name-misspelled"
        } else {
            "import-name-not-there"
        });
        let finding = finding.with("name", name).with("module", module);
        return Some(finding.with("right", member(module, name).unwrap_or("")));
    }
    None
}
