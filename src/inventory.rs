//! The connections of a store: each file with what it says.
//!
//! Files that have not changed keep their entry, so that reading again after one change costs one
//! file.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::connection::{ConnectionId, Finding, Location};
use crate::definition::Definition;
use crate::parallel;
use crate::store::{Listing, Store, StoreFile, Unreadable, id_of_file};

/// So many files are taken apart by one thread before it takes the next ones.
const CHUNK: usize = 64;

/// All connections as they were at one time.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// Whether the directory was there.
    pub exists: bool,
    /// By id, in byte order.
    pub entries: Vec<Arc<Entry>>,
}

/// A connection file and what it says in short.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The file.
    pub file: StoreFile,
    /// What the list shows of it.
    pub summary: Summary,
}

/// What a list shows of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// The descriptive name; the id if it has none.
    pub name: String,
    /// The type's dotted path, if there is one.
    pub type_path: Option<String>,
    /// The type as people call it; what stands in the file if nobody knows it.
    pub type_label: String,
    /// The tags.
    pub tags: Vec<String>,
    /// Why the file is no connection that can be read.
    pub broken: Option<Box<Broken>>,
}

/// Why a file is no connection that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The rule's name in `check`.
    pub rule: &'static str,
    /// Where.
    pub location: Option<Location>,
    /// Why, in one line.
    pub message: String,
}

impl Inventory {
    /// Reads the store. What has not changed since `previous` is not read again.
    ///
    /// # Errors
    /// If the directory can't be read.
    pub fn read(store: &Store, catalog: &Catalog, previous: Option<&Self>) -> anyhow::Result<Self> {
        Self::read_listed(store, &store.list()?, catalog, previous)
    }

    /// The same for the files that were listed.
    ///
    /// # Errors
    /// If the directory can't be read.
    pub fn read_listed(
        store: &Store,
        listing: &Listing,
        catalog: &Catalog,
        previous: Option<&Self>,
    ) -> anyhow::Result<Self> {
        if let Some(previous) = previous
            && previous.is_current(store, listing)?
        {
            return Ok(previous.clone());
        }
        let before = || previous.iter().flat_map(|inventory| &inventory.entries);
        let snapshot = store.load_listed(listing, before().map(|entry| &entry.file))?;
        let known: HashMap<_, &Arc<Entry>> = before()
            .map(|entry| (&entry.file.file_name, entry))
            .collect();
        let seen = parallel::map(&snapshot.files, CHUNK, |file| {
            match known.get(&file.file_name) {
                Some(entry) if entry.file == *file => Seen::Before(Arc::clone(entry)),
                Some(_) | None => Seen::Now(Summary::of(file, catalog)),
            }
        });
        // The files move: there may be so many that a second copy of their names matters.
        let seen = snapshot.files.into_iter().zip(seen);
        let entries = seen.map(|(file, seen)| match seen {
            Seen::Before(entry) => entry,
            Seen::Now(summary) => Arc::new(Entry { file, summary }),
        });
        let mut entries: Vec<Arc<Entry>> = entries.collect();
        // They were collected in the room of the files, which is twenty times theirs.
        entries.shrink_to_fit();
        Ok(Self {
            exists: snapshot.exists,
            entries,
        })
    }

    /// Whether nothing has changed, as far as that can be said without a copy of everything.
    fn is_current(&self, store: &Store, listing: &Listing) -> anyhow::Result<bool> {
        let names = listing.all();
        let (Some(first), true) = (self.entries.first(), names.len() == self.entries.len()) else {
            return Ok(false);
        };
        // What may be written hangs on the directory as well, for all of them alike.
        let seen = store.look_at_each([(&*first.file.file_name, Some(&first.file))])?;
        let is_first_same = seen.into_iter().flatten().any(|mut file| {
            file.clashes.clone_from(&first.file.clashes);
            file == first.file
        });
        let pairs: Vec<(&OsStr, &Arc<Entry>)> = names.into_iter().zip(&self.entries).collect();
        let is_same = |(name, entry): &(&OsStr, &Arc<Entry>)| {
            *name == entry.file.file_name && entry.file.is_unchanged()
        };
        let is_same = parallel::map(&pairs, CHUNK, is_same);
        Ok(is_first_same && is_same.into_iter().all(|is_same| is_same))
    }

    /// Looks at these files again, named as in the directory, and at no others.
    ///
    /// # Errors
    /// If the directory can't be read.
    pub fn look_again(
        &self,
        store: &Store,
        catalog: &Catalog,
        names: &[OsString],
    ) -> anyhow::Result<Self> {
        let known: Vec<Option<&Arc<Entry>>> = names.iter().map(|name| self.named(name)).collect();
        let looks = names.iter().zip(&known);
        let looks = looks.map(|(name, entry)| (&**name, entry.map(|entry| &entry.file)));
        let seen = store.look_at_each(looks)?;
        let mut renewed = self.clone();
        for (entry, file) in known.into_iter().zip(seen) {
            match (entry, file) {
                (None, None) => {}
                (Some(entry), Some(mut file)) => {
                    file.clashes.clone_from(&entry.file.clashes);
                    if file != entry.file
                        && let Ok(place) = renewed.place(&file.file_name)
                    {
                        renewed.entries[place] = Arc::new(Entry::new(file, catalog));
                    }
                }
                // With whom the others share their ids is another question now.
                (Some(_), None) | (None, Some(_)) => {
                    return Self::read(store, catalog, Some(self));
                }
            }
        }
        Ok(renewed)
    }

    fn named(&self, file_name: &OsStr) -> Option<&Arc<Entry>> {
        Some(&self.entries[self.place(file_name).ok()?])
    }

    /// Where the file of that name is among the entries, or would be.
    fn place(&self, file_name: &OsStr) -> Result<usize, usize> {
        let key = (id_of_file(file_name), file_name);
        self.entries.binary_search_by(|entry| {
            (&entry.file.id, entry.file.file_name.as_os_str()).cmp(&(&key.0, key.1))
        })
    }

    /// The entry of that id.
    pub fn get(&self, id: &ConnectionId) -> Option<&Arc<Entry>> {
        let place = self.entries.partition_point(|entry| entry.file.id < *id);
        self.entries.get(place).filter(|entry| entry.file.id == *id)
    }
}

/// What is known of a file.
enum Seen {
    /// It is as it was.
    Before(Arc<Entry>),
    /// What it says now.
    Now(Summary),
}

impl Entry {
    /// Reads what the file says.
    pub fn new(file: StoreFile, catalog: &Catalog) -> Self {
        let summary = Summary::of(&file, catalog);
        Self { file, summary }
    }

    /// Tells three times what there is, in the order of [`Inventory::entries`]: the first `most`
    /// names, the same ones read, and with all other names. What a screen can show while the others
    /// are read.
    ///
    /// # Errors
    /// If the directory can't be read.
    pub fn first_look(
        store: &Store,
        listing: &Listing,
        catalog: &Catalog,
        most: usize,
        tell: &dyn Fn(Vec<Arc<Self>>),
    ) -> anyhow::Result<()> {
        // The first screen does not wait for the others to be sorted.
        let first = listing.first(most);
        let unread = |name: &&OsStr| Arc::new(Self::unread(store.unread(name)));
        let mut entries: Vec<_> = first.iter().map(unread).collect();
        tell(entries.clone());
        let files = store.look_at_each(first.iter().map(|name| (*name, None)))?;
        for (entry, file) in entries.iter_mut().zip(files) {
            if let Some(file) = file {
                *entry = Arc::new(Self::new(file, catalog));
            }
        }
        tell(entries.clone());
        entries.extend(listing.all().iter().skip(first.len()).map(unread));
        tell(entries);
        Ok(())
    }

    fn unread(file: StoreFile) -> Self {
        let summary = Summary {
            name: file.id.to_string(),
            type_label: "…".to_owned(),
            ..Summary::default()
        };
        Self { file, summary }
    }

    /// Whether the file was read, or tried to.
    pub fn is_read(&self) -> bool {
        self.file.content != Err(Unreadable::NotYet)
    }

    /// The id.
    pub fn id(&self) -> &ConnectionId {
        &self.file.id
    }

    /// What the file says in full; `None` if it is broken.
    pub fn definition(&self, catalog: &Catalog) -> Option<Definition> {
        Definition::read(self.file.text()?, catalog).ok()
    }
}

impl Summary {
    fn of(file: &StoreFile, catalog: &Catalog) -> Self {
        match &file.content {
            Ok(text) => Self::of_text(file.id.as_str(), text, catalog),
            Err(reason) => Self {
                name: file.id.to_string(),
                broken: Some(Box::new(Broken {
                    rule: "unreadable",
                    location: match reason {
                        Unreadable::NotUtf8(location) => Some(*location),
                        Unreadable::NoPermission
                        | Unreadable::Utf16
                        | Unreadable::TooLarge
                        | Unreadable::DanglingLink
                        | Unreadable::LinkLoop
                        | Unreadable::NotAFile(_)
                        | Unreadable::Name
                        | Unreadable::Vanished
                        | Unreadable::NotYet
                        | Unreadable::Io(_) => None,
                    },
                    message: reason.to_string(),
                })),
                ..Self::default()
            },
        }
    }

    fn of_text(id: &str, text: &str, catalog: &Catalog) -> Self {
        let definition = match Definition::read(text, catalog) {
            Ok(definition) => definition,
            Err(Finding {
                rule,
                location,
                message,
                ..
            }) => {
                let broken = Some(Box::new(Broken {
                    rule,
                    location,
                    message,
                }));
                return Self {
                    name: id.to_owned(),
                    broken,
                    ..Self::default()
                };
            }
        };
        let type_label = match &definition.type_path {
            Some(path) => match catalog.get(path) {
                Some(kind) => kind.label.clone(),
                None => path.rsplit('.').next().unwrap_or(path).to_owned(),
            },
            None => String::new(),
        };
        Self {
            name: definition.name.unwrap_or_else(|| id.to_owned()),
            type_path: definition.type_path,
            type_label,
            tags: definition.tags,
            broken: None,
        }
    }
}

#[cfg(test)]
mod tests;
