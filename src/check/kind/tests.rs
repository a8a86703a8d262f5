//! The same answers as pydantic itself, and never a panic.

use proptest::prelude::*;

use super::*;

#[test]
fn scalars_are_taken_as_pydantic_takes_them() {
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in include_str!("pydantic.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let columns: Vec<&str> = line.split('\t').collect();
        let [scalar, reading, taken] = columns.as_slice() else {
            panic!("{line}");
        };
        let text: String = serde_json::from_str(scalar).unwrap();
        let value = match *reading {
            "null" => FieldValue::Null,
            "bool" => FieldValue::Bool(true),
            "int" => FieldValue::Int(&text),
            "float" => FieldValue::Float(&text),
            "text" => FieldValue::Text(&text),
            other => panic!("{other}"),
        };
        if matches!(*reading, "int" | "float") {
            assert_eq!(FieldValue::of_number(&text), value);
        }
        let inputs = [
            Input::Text,
            Input::Integer,
            Input::Number,
            Input::Switch,
            Input::DateTime,
        ];
        for (input, taken) in inputs.iter().zip(taken.chars()) {
            rows += 1;
            if accepts(input, &value) != (taken == '1') {
                wrong.push(format!("{input:?} {value:?}: pydantic says {taken}"));
            }
        }
    }
    assert!(rows > 500, "{rows}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in "\\PC{0,30}|[0-9T:.Zé+_-]{0,30}") {
        for input in [Input::Text, Input::Integer, Input::Number, Input::Switch, Input::DateTime, Input::Map] {
            for value in [FieldValue::Text(&text), FieldValue::Int(&text), FieldValue::Float(&text)] {
                accepts(&input, &value);
            }
        }
    }
}
