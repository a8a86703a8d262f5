//! The store against real directories.

use super::*;

fn id(text: &str) -> ConnectionId {
    ConnectionId::new(text)
}

#[test]
fn a_connection_is_created_saved_deleted_and_restored() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("connections.d"));
    assert!(!store.exists());
    assert!(!store.load(None).unwrap().exists);
    store.create_dir().unwrap();
    let created = store.create(&id("a"), "type: x\n").unwrap();
    let saved = store.save(&created, "type: y\n").unwrap();
    let snapshot = store.load(None).unwrap();
    assert_eq!(snapshot.files, [saved.clone()]);
    assert!(matches!(
        store.save(&created, "type: z\n"),
        Err(SaveError::ChangedOnDisk { .. })
    ));
    let deleted = store.delete(&saved).unwrap();
    assert!(store.load(None).unwrap().files.is_empty());
    let restored = store.restore(&deleted).unwrap();
    assert_eq!(restored.text(), Some("type: y\n"));
    assert!(matches!(store.restore(&deleted), Err(SaveError::Exists(_))));
}
