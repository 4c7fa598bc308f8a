//! Source style: conventions of STYLE.md that a scan of the sources can check.

mod conventions;
mod cycles;
mod imports;
mod module;
mod module_tree;
mod resolution;
mod scanner;
mod size;
mod workspace;
