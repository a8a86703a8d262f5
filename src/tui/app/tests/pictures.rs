//! The pictures in the documentation are the real screen: drawn by the program on the repository's
//! own connections and workflows. `UPDATE_DOCS=1 cargo test pictures` draws them again.

use std::path::PathBuf;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::*;

/// The size of a cell in the picture's own units.
const CELL: (usize, usize) = (9, 18);
/// The air around the screen.
const EDGE: usize = 14;
const BACKGROUND: &str = "#16181d";
const FOREGROUND: &str = "#d4d7dd";

#[test]
fn the_pictures_are_of_the_screen_as_it_is() {
    check("list", &|session| {
        session.keys("jjjj");
    });
    check("add", &|session| {
        session.keys("nPrices database<tab><enter>postg");
    });
    check("refused-delete", &|session| {
        session.keys("jjjjd");
    });
    check("rename", &|session| {
        session.keys("jjjjr<c-u>openai-main<enter>");
    });
}

/// The repository's own files, in a terminal of the usual size.
fn repository() -> Session {
    let mut files = Vec::new();
    let mut directories = ["connections.d", "workflows", "deployments"]
        .map(PathBuf::from)
        .to_vec();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(root().join(&directory)).unwrap() {
            let name = directory.join(entry.unwrap().file_name());
            if root().join(&name).is_dir() {
                directories.push(name);
            } else {
                let text = fs::read_to_string(root().join(&name)).unwrap();
                files.push((name.display().to_string(), text));
            }
        }
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Session::new(&files)
        .environment(&[("OPENAI_API_KEY", "not-shown")])
        .size(100, 28)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn check(name: &str, act: &dyn Fn(&mut Session)) {
    let mut session = repository();
    act(&mut session);
    let drawn = svg(&session.styled());
    let path = root().join(format!("docs/pictures/{name}.svg"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &drawn).unwrap();
    }
    let is = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        is == drawn,
        "`docs/pictures/{name}.svg` is not the screen any more: \
         `UPDATE_DOCS=1 cargo test pictures` draws it again\n{}",
        session.screen()
    );
}

/// The cells as a picture: a rectangle behind each run of one style, and its text.
fn svg(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width) * CELL.0 + 2 * EDGE;
    let height = usize::from(buffer.area.height) * CELL.1 + 2 * EDGE;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" \
         font-size=\"15\">\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" \
         fill=\"{BACKGROUND}\"/>\n"
    );
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let first = &buffer[(x, y)];
            let start = x;
            let mut text = String::new();
            while x < buffer.area.width && look(&buffer[(x, y)]) == look(first) {
                let symbol = buffer[(x, y)].symbol();
                text.push_str(symbol);
                x += u16::try_from(symbol.width().max(1)).unwrap();
            }
            run(&mut out, (start, y), x - start, &text, first);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// What makes two cells look alike.
fn look(cell: &Cell) -> (Color, Color, Modifier) {
    (cell.fg, cell.bg, cell.modifier)
}

fn run(out: &mut String, (x, y): (u16, u16), cells: u16, text: &str, cell: &Cell) {
    let left = usize::from(x) * CELL.0 + EDGE;
    let top = usize::from(y) * CELL.1 + EDGE;
    let width = usize::from(cells) * CELL.0;
    let has = |modifier| cell.modifier.contains(modifier);
    let (front, back) = if has(Modifier::REVERSED) {
        (BACKGROUND, colour(cell.fg, FOREGROUND))
    } else {
        (colour(cell.fg, FOREGROUND), colour(cell.bg, BACKGROUND))
    };
    if back != BACKGROUND {
        let height = CELL.1;
        let _ = writeln!(
            out,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"{back}\"/>"
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let mut style = String::new();
    if has(Modifier::BOLD) {
        style.push_str(" font-weight=\"bold\"");
    }
    if has(Modifier::DIM) {
        style.push_str(" opacity=\"0.6\"");
    }
    if has(Modifier::UNDERLINED) {
        style.push_str(" text-decoration=\"underline\"");
    }
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let base = top + 14;
    let _ = writeln!(
        out,
        "<text x=\"{left}\" y=\"{base}\" textLength=\"{width}\" \
         lengthAdjust=\"spacingAndGlyphs\" fill=\"{front}\"{style} \
         xml:space=\"preserve\">{escaped}</text>"
    );
}

/// A terminal's usual colours; it decides them itself, the program only names them.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the colours are ratatui's, not ours"
)]
fn colour(color: Color, default: &'static str) -> &'static str {
    match color {
        Color::Reset => default,
        Color::Red => "#e06c75",
        Color::Green => "#98c379",
        Color::Yellow => "#e5c07b",
        Color::Blue => "#61afef",
        Color::Magenta => "#c678dd",
        Color::Cyan => "#56b6c2",
        other => panic!("{other:?} is not among the colours of the interface"),
    }
}
