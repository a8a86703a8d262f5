//! What a project's file of types or settings may cost to read. It comes with the repository, so it may be
//! hostile: `serde_yaml` takes 16 s for 100 KB of `[`, and minutes for aliases of a long list.

use granit_parser::{Event, Options, Parser, StrInput};

use crate::connection::Location;

/// The largest file in bytes. The 78 built-in types take 45 KB.
const MAX_BYTES: usize = 256 * 1024;
/// The deepest nesting. What the format knows is half of this.
const MAX_DEPTH: usize = 20;
/// How many aliases a file may have.
const MAX_ALIASES: usize = 100;

/// Why a file is not read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The place, if it is about one.
    pub location: Option<Location>,
    /// In one line, lower case, no period.
    pub reason: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.location {
            Some(location) => write!(out, "{location}: {}", self.reason),
            None => out.write_str(&self.reason),
        }
    }
}

/// Whether a file is YAML that can be read in a time that grows with its length.
///
/// # Errors
/// What keeps it from being that.
pub fn check(text: &str) -> Result<(), Refusal> {
    if text.len() > MAX_BYTES {
        return Err(Refusal {
            location: None,
            reason: format!("it is larger than {} KiB", MAX_BYTES / 1024),
        });
    }
    let mut options = Options::default();
    options.block_nesting_limit = MAX_DEPTH;
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_scalar_eof_without_line_feed = true;
    let mut parser: Parser<'_, StrInput<'_>> = Parser::new_from_str_with_options(text, options);
    let mut aliases = 0;
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| Refusal {
            location: error
                .marker()
                .byte_offset()
                .map(|offset| Location::of_offset(text, offset)),
            reason: error.info(),
        })?;
        if matches!(event, Event::Alias(_)) {
            aliases += 1;
            if aliases > MAX_ALIASES {
                return Err(Refusal {
                    location: span
                        .start
                        .byte_offset()
                        .map(|offset| Location::of_offset(text, offset)),
                    reason: format!("it has more than {MAX_ALIASES} aliases"),
                });
            }
        }
    }
    Ok(())
}
