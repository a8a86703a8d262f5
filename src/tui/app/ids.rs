//! Which ids the store has, for whoever asks: thousands, and most of the time nobody does.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};

use crate::connection::ConnectionId;
use crate::inventory::Inventory;

/// The ids of the newest inventory, as far as somebody has asked for them.
#[derive(Debug, Default)]
pub(super) struct Ids {
    taken: OnceCell<HashSet<String>>,
    all: OnceCell<BTreeSet<String>>,
}

impl Ids {
    /// In lower case: a new one must differ from all.
    pub(super) fn taken(&self, inventory: Option<&Inventory>) -> &HashSet<String> {
        let lower = |id: &ConnectionId| id.as_str().to_lowercase();
        self.taken
            .get_or_init(|| ids(inventory).map(lower).collect())
    }

    /// As they are; `None` before the store was read.
    pub(super) fn all(&self, inventory: Option<&Inventory>) -> Option<&BTreeSet<String>> {
        let all = || ids(inventory).map(ConnectionId::to_string).collect();
        inventory.map(|_| self.all.get_or_init(all))
    }
}

fn ids(inventory: Option<&Inventory>) -> impl Iterator<Item = &ConnectionId> {
    let entries = inventory
        .into_iter()
        .flat_map(|inventory| &inventory.entries);
    entries.map(|entry| entry.id())
}
