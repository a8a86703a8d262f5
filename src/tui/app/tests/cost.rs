//! What a key costs on the way to the terminal.

use super::*;
use crate::tui::terminal::paint::{Erasing, Painter};

/// Mean bytes of so many presses of `j` in a list of connections of several types, each used by a
/// few workflows.
fn mean_bytes(presses: usize) -> usize {
    const TYPES: [(&str, &str); 4] = [
        (
            "OpenAI",
            "api_key: ${oc.env:OPENAI_API_KEY_#}\nurl: https://gateway-#.example.com/v1\n",
        ),
        (
            "AWS",
            "access_key_id: ${oc.env:AWS_KEY_#}\nsecret_access_key: ${oc.env:AWS_SECRET_#}\nregion: eu-west-1\n",
        ),
        (
            "PostgreSQL",
            "host: db-#.internal.example.com\nport: 5432\ndatabase: app_#\nuser: svc_#\npassword: ${oc.env:PG_PASSWORD_#}\n",
        ),
        ("Anthropic", "api_key: ${oc.env:ANTHROPIC_API_KEY_#}\n"),
    ];
    let mut files = Vec::new();
    for number in 0..=presses {
        // As different from each other as ids that were drawn by lot.
        let id = format!(
            "{:016x}",
            (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        );
        let (kind, fields) = TYPES[number % TYPES.len()];
        let fields = fields.replace('#', &(number * 7919 % 10_000).to_string());
        files.push((
            format!("connections.d/{id}-4499-41ab-a24c.yaml"),
            format!("type: dynamiq.connections.{kind}\n{fields}"),
        ));
        for place in 0..number % 13 {
            let group = ["billing", "legal", "research", "support"][(number + place) % 4];
            files.push((
                format!(
                    "workflows/{group}/insights-{:05}.yaml",
                    number * 100 + place
                ),
                format!("nodes:\n  agent:\n    connection: {id}-4499-41ab-a24c\n"),
            ));
        }
    }
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let mut session = Session::new(&files).size(120, 40);
    let mut painter = Painter::new(Erasing::Cells);
    let mut frame = |session: &Session| {
        let mut sent = Vec::new();
        painter.paint(&session.styled());
        painter.finish(None, &mut sent).unwrap();
        sent.len()
    };
    frame(&session);
    let sent: usize = (0..presses)
        .map(|_| {
            session.keys("j");
            frame(&session)
        })
        .sum();
    sent / presses
}

/// Over a slow line the list is as quick as here: 1,000 bytes take a tenth of a second at 115,200
/// baud.
#[test]
fn a_key_in_the_list_sends_less_than_a_kilobyte() {
    let mean = mean_bytes(60);
    assert!((300..1_000).contains(&mean), "{mean} bytes");
}
