//! What two sides made of a value: what only one of them changed merges by itself, entry by entry
//! in maps and lists; what both changed differently is a [`Conflict`], and somebody decides.

#[cfg(test)]
mod tests;

use crate::document::Value;

/// Whose value is kept where both sides changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What was typed here.
    Mine,
    /// What is on disk.
    Theirs,
}

/// Something that both sides changed, differently. `None` is a value that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The keys that lead to it. A list is one thing: its items have no names to choose by.
    pub path: Vec<String>,
    /// What it was before both changes.
    pub base: Option<Value>,
    /// What it is here.
    pub mine: Option<Value>,
    /// What it is there.
    pub theirs: Option<Value>,
}

/// How a conflict is decided.
pub type Decide<'d> = &'d mut dyn FnMut(&Conflict) -> Side;

/// So many comparisons may be made to see which items of two lists are the same ones.
const MOST_COMPARISONS: usize = 1_000_000;

/// Merges the value at `path`; each conflict is asked about once, in the order of the base.
pub fn merge(
    path: &[String],
    base: Option<&Value>,
    mine: Option<&Value>,
    theirs: Option<&Value>,
    decide: Decide<'_>,
) -> Option<Value> {
    if mine == theirs || base == mine {
        return theirs.cloned();
    }
    if base == theirs {
        return mine.cloned();
    }
    if let (Some(Value::Map(mine)), Some(Value::Map(theirs))) = (mine, theirs)
        && let Some(base) = entries_of(base)
    {
        return merge_maps(path, base, mine, theirs, decide);
    }
    if let (Some(Value::List(base)), Some(Value::List(mine)), Some(Value::List(theirs))) =
        (base, mine, theirs)
        && let Some(merged) = merge_lists(base, mine, theirs)
    {
        return (!merged.is_empty()).then_some(Value::List(merged));
    }
    let conflict = Conflict {
        path: path.to_vec(),
        base: base.cloned(),
        mine: mine.cloned(),
        theirs: theirs.cloned(),
    };
    match decide(&conflict) {
        Side::Mine => conflict.mine,
        Side::Theirs => conflict.theirs,
    }
}

/// The entries before both sides made a map of it; none where there was no value.
fn entries_of(base: Option<&Value>) -> Option<&[(String, Value)]> {
    match base {
        None => Some(&[]),
        Some(Value::Map(entries)) => Some(entries),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_)) => {
            None
        }
    }
}

/// In their order, with what only mine has behind it.
fn merge_maps(
    path: &[String],
    base: &[(String, Value)],
    mine: &[(String, Value)],
    theirs: &[(String, Value)],
    decide: Decide<'_>,
) -> Option<Value> {
    let mut merged: Vec<(String, Value)> = Vec::new();
    let mut keys: Vec<&String> = theirs.iter().map(|(key, _)| key).collect();
    for (key, _) in mine.iter().chain(base) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    for key in keys {
        let mut below = path.to_vec();
        below.push(key.clone());
        let value = merge(
            &below,
            get(base, key),
            get(mine, key),
            get(theirs, key),
            decide,
        );
        merged.extend(value.map(|value| (key.clone(), value)));
    }
    // A map that both sides have emptied together is gone, as one that one side has emptied is.
    (!merged.is_empty()).then_some(Value::Map(merged))
}

fn get<'v>(entries: &'v [(String, Value)], key: &str) -> Option<&'v Value> {
    entries
        .iter()
        .find(|(other, _)| other == key)
        .map(|(_, value)| value)
}

/// Where nobody touched an item, it stands still, and what is between two such items merges if one
/// side alone changed it. `None` if both did.
fn merge_lists(base: &[Value], mine: &[Value], theirs: &[Value]) -> Option<Vec<Value>> {
    let in_mine = same_items(base, mine)?;
    let in_theirs = same_items(base, theirs)?;
    let mut merged = Vec::new();
    let (mut from_base, mut from_mine, mut from_theirs) = (0, 0, 0);
    for place in 0..base.len() {
        let (Some(at_mine), Some(at_theirs)) = (in_mine[place], in_theirs[place]) else {
            continue;
        };
        merged.extend(merge_between(
            &base[from_base..place],
            &mine[from_mine..at_mine],
            &theirs[from_theirs..at_theirs],
        )?);
        merged.push(base[place].clone());
        (from_base, from_mine, from_theirs) = (place + 1, at_mine + 1, at_theirs + 1);
    }
    merged.extend(merge_between(
        &base[from_base..],
        &mine[from_mine..],
        &theirs[from_theirs..],
    )?);
    Some(merged)
}

fn merge_between(base: &[Value], mine: &[Value], theirs: &[Value]) -> Option<Vec<Value>> {
    if mine == theirs || base == mine {
        return Some(theirs.to_vec());
    }
    if base == theirs {
        return Some(mine.to_vec());
    }
    if base.len() != mine.len() || base.len() != theirs.len() {
        return None;
    }
    let mut is_clear = true;
    let mut ask = |_: &Conflict| {
        is_clear = false;
        Side::Theirs
    };
    let items = base.iter().zip(mine).zip(theirs);
    let merged: Option<Vec<Value>> = items
        .map(|((base, mine), theirs)| merge(&[], Some(base), Some(mine), Some(theirs), &mut ask))
        .collect();
    merged.filter(|_| is_clear)
}

/// For each item of `before` the place that it has in `after`, if it is still there: a longest
/// common subsequence. `None` for lists that are too long for that.
fn same_items(before: &[Value], after: &[Value]) -> Option<Vec<Option<usize>>> {
    let (rows, columns) = (before.len(), after.len());
    if rows.saturating_mul(columns) > MOST_COMPARISONS {
        return None;
    }
    // `lengths[row][column]` is the length for what is behind both places.
    let mut lengths = vec![vec![0_usize; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            lengths[row][column] = if before[row] == after[column] {
                lengths[row + 1][column + 1] + 1
            } else {
                lengths[row + 1][column].max(lengths[row][column + 1])
            };
        }
    }
    let mut places = vec![None; rows];
    let (mut row, mut column) = (0, 0);
    while row < rows && column < columns {
        if before[row] == after[column] {
            places[row] = Some(column);
            (row, column) = (row + 1, column + 1);
        } else if lengths[row + 1][column] >= lengths[row][column + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    Some(places)
}
