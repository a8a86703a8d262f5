//! What a file keeps when its text is replaced, or when it comes back: mode, owner, attributes.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{Gid, Mode, Uid, XattrFlags};

/// The access control list, where a file has one beyond its mode (`acl(5)`).
const ACCESS_LIST: &str = "system.posix_acl_access";

/// The longest attribute, and list of their names, that is kept. Those on a connection file are
/// short; ext4 has room for no more than this.
const MAX_ATTRIBUTE: usize = 4096;

/// What a file keeps when its text is replaced.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Kept {
    /// The permission bits.
    pub mode: u32,
    /// Owner and group; `None` for those that a new file gets.
    owner: Option<(u32, u32)>,
    /// The access control list and what users have noted on the file.
    attributes: Vec<(String, Vec<u8>)>,
}

impl Kept {
    /// Connection files hold secrets: a new one is its owner's alone.
    pub(super) fn new_file() -> Self {
        Self {
            mode: 0o600,
            owner: None,
            attributes: Vec::new(),
        }
    }

    pub(super) fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            mode: metadata.mode() & 0o7777,
            owner: Some((metadata.uid(), metadata.gid())),
            attributes: attributes(file),
        })
    }

    /// Gives `file`, which was just created, all of this. Who may read it never grows: what can't
    /// be kept is left out.
    pub(super) fn apply(&self, file: &File) -> io::Result<()> {
        // A directory can have a list for new files, which this file did not have.
        let _ = rustix::fs::fremovexattr(file, ACCESS_LIST);
        let mut mode = self.mode;
        if let Some((owner, group)) = self.owner {
            let metadata = file.metadata()?;
            if (metadata.uid(), metadata.gid()) != (owner, group) {
                let other_owner = (metadata.uid() != owner).then(|| Uid::from_raw(owner));
                let group = Some(Gid::from_raw(group));
                if rustix::fs::fchown(file, other_owner, group).is_err() {
                    // The group can't be kept by somebody who is not in it: then the other group,
                    // whose file it is now, gets no more than everybody has.
                    mode = without_group(mode);
                }
            }
        }
        set_mode(file, mode)?;
        for (name, value) in &self.attributes {
            let set = rustix::fs::fsetxattr(file, name.as_str(), value, XattrFlags::empty());
            if set.is_err() && name == ACCESS_LIST {
                // With a list, the group's bits in the mode are not what the group may do.
                set_mode(file, without_group(mode))?;
            }
        }
        Ok(())
    }
}

fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    Ok(rustix::fs::fchmod(file, Mode::from_raw_mode(mode as _))?)
}

fn without_group(mode: u32) -> u32 {
    mode & !0o070 | (mode & 0o007) << 3
}

fn attributes(file: &File) -> Vec<(String, Vec<u8>)> {
    let mut names = [0; MAX_ATTRIBUTE];
    // Many file systems have none, which is an error here.
    let length = rustix::fs::flistxattr(file, &mut names).unwrap_or(0);
    names[..length]
        .split(|byte| *byte == 0)
        .filter_map(|name| std::str::from_utf8(name).ok())
        .filter(|name| *name == ACCESS_LIST || name.starts_with("user."))
        .filter_map(|name| {
            let mut value = [0; MAX_ATTRIBUTE];
            let length = rustix::fs::fgetxattr(file, name, &mut value).ok()?;
            Some((name.to_owned(), value[..length].to_vec()))
        })
        .collect()
}
