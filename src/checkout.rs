//! `--dev`: views, styles, scripts and messages of the checkout, instead of the embedded ones.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;
use std::{fs, io};

/// The checkout that the program was built from.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const FOLDERS: [&str; 3] = ["views", "public", "locales"];

/// One for the process: a message is looked up without the application that needs it.
static IN_USE: OnceLock<()> = OnceLock::new();

/// Uses the checkout until the process ends.
///
/// # Errors
/// A folder is missing, because the program was moved or its checkout was.
pub fn enable() -> Result<(), String> {
    let root = Path::new(ROOT);
    if let Some(missing) = FOLDERS.iter().find(|name| !root.join(name).is_dir()) {
        return Err(format!(
            "no directory {missing} in {ROOT}, the checkout that this program was built from"
        ));
    }
    IN_USE.get_or_init(|| ());
    Ok(())
}

pub fn is_enabled() -> bool {
    IN_USE.get().is_some()
}

/// A folder of the checkout, if it is in use.
pub fn folder(name: &str) -> Option<PathBuf> {
    is_enabled().then(|| Path::new(ROOT).join(name))
}

/// The content of a file; `None` if there is none of this name inside the folder.
pub fn read(folder: &Path, name: &str) -> Option<Vec<u8>> {
    let mut parts = Path::new(name).components();
    let is_inside = parts.all(|part| matches!(part, Component::Normal(_)));
    if !is_inside {
        return None;
    }
    fs::read(folder.join(name)).ok()
}

/// All files with an extension, by their path in the folder.
pub fn files(folder: &Path, extension: &str) -> io::Result<Vec<(String, PathBuf)>> {
    let named = versions(folder)?.into_keys().filter_map(|path| {
        let is_named = path.extension().is_some_and(|ending| ending == extension);
        let name = path.strip_prefix(folder).ok()?.to_str()?.to_owned();
        is_named.then_some((name, path))
    });
    Ok(named.collect())
}

/// The time of change and the size of each file: they differ when the folder was edited.
type Versions = BTreeMap<PathBuf, (SystemTime, u64)>;

fn versions(folder: &Path) -> io::Result<Versions> {
    let mut found = Versions::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let metadata = match entry.metadata() {
                Ok(metadata) => metadata,
                // Editors save by way of a short-lived file.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            if metadata.is_dir() {
                pending.push(entry.path());
            } else if metadata.is_file() {
                found.insert(entry.path(), (metadata.modified()?, metadata.len()));
            }
        }
    }
    Ok(found)
}

type Load<T> = fn(&Path) -> Result<T, String>;

/// A value loaded from the files of a folder, and loaded again when one of them has changed.
#[derive(Debug)]
pub struct Reloaded<T> {
    folder: PathBuf,
    load: Load<T>,
    latest: Mutex<Option<Latest<T>>>,
}

#[derive(Debug)]
struct Latest<T> {
    versions: Versions,
    value: Result<Arc<T>, String>,
}

impl<T> Reloaded<T> {
    pub fn new(folder: PathBuf, load: Load<T>) -> Self {
        Self {
            folder,
            load,
            latest: Mutex::new(None),
        }
    }

    /// # Errors
    /// That of the current files; it lasts until they change.
    pub fn get(&self) -> Result<Arc<T>, String> {
        // Read before the files: one that changes in between is then loaded again.
        let versions = versions(&self.folder)
            .map_err(|error| format!("cannot read {}: {error}", self.folder.display()))?;
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(latest) = latest.as_ref().filter(|known| known.versions == versions) {
            return latest.value.clone();
        }
        let value = (self.load)(&self.folder).map(Arc::new);
        *latest = Some(Latest {
            versions,
            value: value.clone(),
        });
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_loaded_again_only_after_a_change() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("inner/value.txt");
        fs::create_dir(dir.path().join("inner")).unwrap();
        fs::write(&file, "one").unwrap();
        let value = Reloaded::new(dir.path().to_owned(), |folder| {
            let path = folder.join("inner/value.txt");
            fs::read_to_string(path).map_err(|error| error.to_string())
        });
        let first = value.get().unwrap();
        assert_eq!(*first, "one");
        assert!(Arc::ptr_eq(&first, &value.get().unwrap()));
        fs::write(&file, "second").unwrap();
        assert_eq!(*value.get().unwrap(), "second");
        fs::remove_file(&file).unwrap();
        value.get().unwrap_err();
        fs::write(&file, "third").unwrap();
        assert_eq!(*value.get().unwrap(), "third");
    }

    #[test]
    fn only_files_inside_the_folder_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("public");
        fs::create_dir(&folder).unwrap();
        fs::write(dir.path().join("secret"), "secret").unwrap();
        fs::write(folder.join("a.css"), "a").unwrap();
        assert_eq!(read(&folder, "a.css"), Some(b"a".to_vec()));
        let absolute = dir.path().join("secret");
        for name in [
            "../secret",
            "a.css/../../secret",
            absolute.to_str().unwrap(),
            "",
            ".",
        ] {
            assert_eq!(read(&folder, name), None, "{name}");
        }
    }
}
