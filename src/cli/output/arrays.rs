//! A JSON document of long arrays, which are made on all processors and written as they come.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter as _;

use super::{Harmless, to_stdout};
use crate::parallel;

/// So many parts are in memory at a time.
const ROUND: usize = 128;

/// An array of the document: its name, and what makes each of its parts, an [`array`].
type Array<'a> = (&'a str, &'a (dyn Fn(usize) -> Vec<u8> + Sync));

/// Writes one JSON document to stdout: an object of what is in `head`, which is not empty, and of
/// arrays. Each array has that many parts.
pub fn print(head: &impl Serialize, arrays: &[Array<'_>], parts: usize) -> anyhow::Result<()> {
    to_stdout(|out| write(out, head, arrays, parts))
}

/// A part of an array: the elements of `value` as they are written inside the document.
///
/// It is empty if there are none, and else begins with the line break before the first of them.
pub fn array(value: &impl Serialize) -> Vec<u8> {
    // What can't be serialized would be a defect of the value: its keys are names of fields.
    let mut text = rendered(value, 1).unwrap_or_default();
    let end = if text.ends_with(b"\n  ]") { 4 } else { 1 };
    text.truncate(text.len().saturating_sub(end));
    text.drain(..1.min(text.len()));
    text
}

fn write(
    out: &mut impl Write,
    head: &impl Serialize,
    arrays: &[Array<'_>],
    parts: usize,
) -> io::Result<()> {
    let head = rendered(head, 0)?;
    out.write_all(head.strip_suffix(b"\n}").unwrap_or(&head))?;
    let parts: Vec<usize> = (0..parts).collect();
    for (name, part) in arrays {
        write!(out, ",\n  \"{name}\": [")?;
        let mut is_empty = true;
        for round in parts.chunks(ROUND) {
            let made = parallel::map(round, 1, |number| part(*number));
            for elements in made.iter().filter(|elements| !elements.is_empty()) {
                if !is_empty {
                    out.write_all(b",")?;
                }
                out.write_all(elements)?;
                is_empty = false;
            }
        }
        out.write_all(if is_empty { b"]" } else { b"\n  ]" })?;
    }
    out.write_all(b"\n}\n")
}

/// A value as it is written at that depth of a document.
fn rendered(value: &impl Serialize, depth: usize) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut formatter = Harmless::default();
    for _ in 0..depth {
        formatter.begin_object(&mut io::sink())?;
    }
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
    value.serialize(&mut serializer)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    proptest! {
        #[test]
        fn the_document_is_that_of_a_whole(
            items in prop::collection::vec("[a\u{9b}\n\"é]{0,3}", 0..200),
            chunk in 1usize..80,
            every in 1usize..5,
        ) {
            let items: Vec<Value> = items.iter().map(|text| json!({"text": text, "none": []})).collect();
            let some: Vec<Value> = items.iter().step_by(every * 50).cloned().collect();
            let whole = json!({"a": {"version": 1}, "b": items, "c": some, "d": []});
            let parts: Vec<&[Value]> = items.chunks(chunk).collect();
            let all = |part: usize| array(&parts[part]);
            let few = |part: usize| {
                let start = part * chunk;
                let of_part = (start..start + parts[part].len()).filter(|at| at % (every * 50) == 0);
                array(&of_part.map(|at| &items[at]).collect::<Vec<_>>())
            };
            let none = |_: usize| array(&json!([]));
            let mut text = Vec::new();
            let head = json!({"a": {"version": 1}});
            write(&mut text, &head, &[("b", &all), ("c", &few), ("d", &none)], parts.len()).unwrap();
            let mut expected = rendered(&whole, 0).unwrap();
            expected.push(b'\n');
            prop_assert_eq!(String::from_utf8(text).unwrap(), String::from_utf8(expected).unwrap());
        }
    }
}
