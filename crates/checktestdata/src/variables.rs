//! Variables and arrays, counted against the memory that they may take.

use std::collections::{HashMap, HashSet};

use crate::{
    error::Fault,
    number::{Integer, Number},
    value::{Key, Value},
};

/// The indices of a cell; none for a plain variable.
pub(crate) type Index = Vec<Integer>;

/// Bytes that a cell takes beside its value and its indices.
const CELL: usize = 160;

#[derive(Debug, Default)]
struct Array {
    cells: HashMap<Index, Value>,
    /// How often each value is there, once somebody has asked: an array is asked again and again while it grows.
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

    /// Whether the next [`Self::contains`] has to look at all cells.
    pub(crate) fn is_counted(&self, name: usize) -> bool {
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

    /// Whether no two tuples of these arrays' cells are equal. The inner error says what is wrong with their indices.
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
    // The second time for the key that it may be counted under.
    CELL + index + 2 * value.bytes()
}
