//! The value that is in `$EDITOR`: a file of its owner's alone, in a directory that holds nothing
//! else, so that what an editor leaves beside it goes with it.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::connection::Secret;
use crate::store::read_small;

/// Such a file; it is gone with this value, whatever happens.
pub struct ValueFile {
    path: PathBuf,
    /// Goes when it is dropped, with all that is in it.
    _directory: TempDir,
}

impl ValueFile {
    /// Writes a value into a new file below the first of these directories where that is possible.
    ///
    /// # Errors
    /// What the system says about the last of them.
    pub fn write(places: &[PathBuf], name: &str, value: &Secret) -> io::Result<Self> {
        let mut result = Err(io::Error::other("there is no place for it"));
        for place in places.iter().filter(|place| place.is_absolute()) {
            result = Self::write_below(place, name, value);
            if result.is_ok() {
                break;
            }
        }
        result
    }

    fn write_below(place: &Path, name: &str, value: &Secret) -> io::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("conndeck-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(place)?;
        let path = directory.path().join(file_name(name));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(value.expose().as_bytes())?;
        Ok(Self {
            path,
            _directory: directory,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says now, byte for byte.
    ///
    /// # Errors
    /// Why it is not known, without a word of the value.
    pub fn read(&self) -> Result<Secret, String> {
        // An editor that was told so may have made another file of this name.
        let is_file = fs::symlink_metadata(&self.path).is_ok_and(|metadata| metadata.is_file());
        if !is_file {
            return Err("the editor left no file".to_owned());
        }
        match read_small(&self.path) {
            Ok(text) => Ok(Secret::new(&*text)),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The field's name where that is harmless, so that the editor's title says something.
fn file_name(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.is_empty() && name.len() <= 60 && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        "value".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn it_is_its_owners_alone_and_goes_with_all_that_is_beside_it() {
        let place = TempDir::new().unwrap();
        let places = [place.path().to_owned()];
        let value = Secret::new("one\ntwo");
        let file = ValueFile::write(&places, "api_key", &value).unwrap();
        let (path, directory) = (file.path().to_owned(), file.path().parent().unwrap());
        assert_eq!((mode(&path), mode(directory)), (0o600, 0o700));
        assert_eq!(path.file_name().unwrap(), "api_key");
        assert_eq!(file.read().unwrap().expose(), "one\ntwo");
        fs::write(directory.join("api_key~"), "one").unwrap();
        fs::write(directory.join("new"), "three\n").unwrap();
        fs::rename(directory.join("new"), &path).unwrap();
        assert_eq!(file.read().unwrap().expose(), "three\n");
        drop(file);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_the_editor_left_may_be_no_value() {
        let places = [
            "relative".into(),
            "/nowhere/at/all".into(),
            std::env::temp_dir(),
        ];
        let file = ValueFile::write(&places, "../x", &Secret::new("a")).unwrap();
        assert!(file.path().ends_with("value"));
        fs::write(file.path(), [0xff, b'a']).unwrap();
        assert!(file.read().is_err());
        fs::remove_file(file.path()).unwrap();
        assert!(file.read().is_err());
        std::os::unix::fs::symlink("/etc/hostname", file.path()).unwrap();
        assert!(file.read().is_err());
        assert!(ValueFile::write(&places[..2], "x", &Secret::new("a")).is_err());
    }
}
