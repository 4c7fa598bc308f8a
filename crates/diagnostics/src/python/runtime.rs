//! Run-time errors: rules by the type of the exception, over its message and the source.

mod attributes;
mod calls;
mod context;
mod imports;
mod names;
mod operators;
mod subscripts;
mod values;

use super::mistake::Mistake;
use crate::finding::Finding;
use context::Context;

pub(crate) fn explain(mistake: &Mistake<'_>) -> Option<Finding> {
    let context = Context::new(mistake);
    match mistake.report.kind {
        "NameError" => names::not_defined(&context),
        "UnboundLocalError" => names::unbound(&context),
        "TypeError" => operators::explain(&context)
            .or_else(|| subscripts::explain(&context))
            .or_else(|| calls::explain(&context)),
        "ValueError" => values::value(&context),
        "ZeroDivisionError" => Some(values::zero_division(&context)),
        "OverflowError" => Some(values::overflow(&context)),
        "IndexError" => Some(subscripts::index(&context)),
        "KeyError" => Some(subscripts::key(&context)),
        "AttributeError" => attributes::explain(&context),
        "ModuleNotFoundError" | "ImportError" => imports::explain(&context),
        "FileNotFoundError" | "IsADirectoryError" | "PermissionError" => {
            Some(values::file(&context, mistake.report.kind))
        }
        "UnsupportedOperation" => values::file_mode(&context),
        "EOFError" => Some(values::input_ended(&context)),
        "RecursionError" => Some(calls::recursion(&context)),
        "AssertionError" => Some(values::assertion(&context)),
        "MemoryError" => Some(values::memory(&context)),
        kind => values::raised(&context, kind),
    }
}
