//! The switch: `CONNDECK_WITHOUT` names the rule that the oracle's own test leaves out.

use std::sync::OnceLock;

use super::Rule;

static WITHOUT: OnceLock<Option<String>> = OnceLock::new();

pub(in crate::reference) fn holds(rule: Rule) -> bool {
    let without = WITHOUT.get_or_init(|| std::env::var("CONNDECK_WITHOUT").ok());
    without
        .as_ref()
        .is_none_or(|without| *without != format!("{rule:?}"))
}

#[test]
fn all_rules_hold_unless_one_is_named() {
    let without = std::env::var("CONNDECK_WITHOUT").ok();
    assert_eq!(holds(Rule::Merges), without.as_deref() != Some("Merges"));
}
