//! Variables and arrays, with a memory budget.

use std::collections::{HashMap, HashSet};

use crate::{
    error::Fault,
    number::{Integer, Number},
    value::{Key, Value},
};

/// Indices of a cell; empty for a plain variable.
pub(crate) type Index = Vec<Integer>;

/// Overhead of a cell beside its value and indices, in bytes.
const CELL_OVERHEAD: usize = 160;

#[derive(Debug, Default)]
struct Array {
    cells: HashMap<Index, Value>,
    /// Number of occurrences of each value, built at the first lookup: an array is searched repeatedly while
    /// it grows.
    counts: Option<HashMap<Key, usize>>,
}

#[derive(Debug)]
pub(crate) struct Variables {
    arrays: Vec<Array>,
    memory_left: usize,
}

impl Variables {
    pub(crate) fn new(count: usize, memory: usize) -> Self {
        Self { arrays: (0..count).map(|_| Array::default()).collect(), memory_left: memory }
    }

    pub(crate) fn get(&self, name: usize, index: &[Integer]) -> Option<&Value> {
        self.arrays[name].cells.get(index)
    }

    pub(crate) fn set(&mut self, name: usize, index: Index, value: Value) -> Result<(), Fault> {
        let array = &mut self.arrays[name];
        let cost = cost(&index, &value);
        self.memory_left =
            self.memory_left.checked_sub(cost).ok_or(Fault::Limit("the memory that is allowed"))?;
        if let Some(counts) = &mut array.counts {
            *counts.entry(value.key()).or_default() += 1;
        }
        let returned = index.clone();
        if let Some(old) = array.cells.insert(index, value) {
            self.memory_left += self::cost(&returned, &old);
            array.forget(&old);
        }
        Ok(())
    }

    pub(crate) fn unset(&mut self, name: usize) {
        let array = std::mem::take(&mut self.arrays[name]);
        let freed: usize = array.cells.iter().map(|(index, value)| cost(index, value)).sum();
        self.memory_left += freed;
    }

    pub(crate) fn count(&self, name: usize) -> usize {
        self.arrays[name].cells.len()
    }

    /// Whether the next [`Self::contains`] is a hash lookup instead of a scan of all cells.
    pub(crate) fn is_indexed(&self, name: usize) -> bool {
        self.arrays[name].counts.is_some()
    }

    pub(crate) fn contains(&mut self, name: usize, value: &Value) -> bool {
        let Array { cells, counts } = &mut self.arrays[name];
        let counts = counts.get_or_insert_with(|| {
            let mut counts = HashMap::new();
            for value in cells.values() {
                *counts.entry(value.key()).or_default() += 1;
            }
            counts
        });
        counts.contains_key(&value.key())
    }

    /// Whether all tuples of these arrays' cells differ. The inner error describes a mismatch of their
    /// indices.
    pub(crate) fn are_unique(&self, names: &[usize]) -> Result<bool, String> {
        let Some((first, others)) = names.split_first() else { return Ok(true) };
        if others.iter().any(|other| self.count(*other) != self.count(*first)) {
            return Err("the arrays have different numbers of values".to_owned());
        }
        let mut seen = HashSet::new();
        for (index, value) in &self.arrays[*first].cells {
            let mut tuple = vec![value.key()];
            for other in others {
                let Some(value) = self.get(*other, index) else {
                    return Err("the arrays have different indices".to_owned());
                };
                tuple.push(value.key());
            }
            if !seen.insert(tuple) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Array {
    fn forget(&mut self, old: &Value) {
        let Some(counts) = &mut self.counts else { return };
        let key = old.key();
        if let Some(count) = counts.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&key);
            }
        }
    }
}

fn cost(index: &[Integer], value: &Value) -> usize {
    let index: usize = index.iter().map(|one| Value::Number(Number::Integer(one.clone())).bytes() + 32).sum();
    // Counted twice, since it may be a key of the occurrence counts too.
    CELL_OVERHEAD + index + 2 * value.bytes()
}
