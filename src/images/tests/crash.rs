//! Interrupted uploads and crashes leave nothing behind.

use std::fs;
use std::slice::from_ref;

use super::{TestImages, samples};
use crate::images::Images;

#[tokio::test]
async fn dropped_uploads_leave_nothing() {
    let test = TestImages::new().await;
    let png = samples::png(8, 8);

    let mut spool = test.images.spool("a").await.unwrap();
    spool.write(png.clone().into()).await.unwrap();
    assert_eq!(test.files().len(), 1);
    drop(spool);
    assert!(test.files().is_empty());

    let staged = test.stage("a", &png).await.unwrap();
    assert_eq!(test.files().len(), 1);
    drop(staged);
    assert!(test.files().is_empty());

    let staged = vec![
        test.stage("a", &png).await.unwrap(),
        test.stage("b", &png).await.unwrap(),
    ];
    let published = test.images.publish(staged).await.unwrap();
    assert_eq!(test.files().len(), 4);
    published.withdraw().await;
    assert!(test.files().is_empty());
}

#[tokio::test]
async fn deferred_names_are_resolved_at_the_next_start() {
    let test = TestImages::new().await;
    let png = samples::png(8, 8);
    let mut names = Vec::new();
    for name in ["a", "b"] {
        let staged = test.stage(name, &png).await.unwrap();
        let published = test.images.publish(vec![staged]).await.unwrap();
        names.append(&mut published.names());
        drop(published);
    }
    let marked = test.keep("c", &png).await;
    test.images.journal_mark(from_ref(&marked)).await.unwrap();
    test.images.defer(from_ref(&marked));
    names.push(marked);
    let test = test.restart().await;
    let mut pending = test.images.pending().await.unwrap();
    pending.sort();
    assert_eq!(pending, names);
    test.images.resolve(&names[0], true).await.unwrap();
    test.images.resolve(&names[1], false).await.unwrap();
    test.images.resolve(&names[2], false).await.unwrap();
    assert_eq!(test.files(), [names[0].as_str()]);
}

#[tokio::test]
async fn a_failed_publication_leaves_nothing_and_changes_no_other_file() {
    let test = TestImages::new().await;
    let png = samples::png(8, 8);
    let one = test.stage("a", &png).await.unwrap();
    let two = test.stage("b", &png).await.unwrap();
    let taken = two.name().to_owned();
    fs::write(test.path().join(&taken), b"mine").unwrap();
    let outcome = test.images.publish(vec![one, two]).await;
    assert_eq!(
        outcome.unwrap_err().kind(),
        std::io::ErrorKind::AlreadyExists
    );
    assert_eq!(test.files(), [taken.as_str()]);
    assert_eq!(fs::read(test.path().join(&taken)).unwrap(), b"mine");

    // A file that disappears before it is placed.
    let one = test.stage("a", &png).await.unwrap();
    let two = test.stage("b", &png).await.unwrap();
    fs::remove_file(two.draft.path()).unwrap();
    assert!(test.images.publish(vec![one, two]).await.is_err());
    assert_eq!(test.files(), [taken]);
}

#[tokio::test]
async fn incomplete_files_are_removed_at_the_next_start() {
    let test = TestImages::new().await;
    fs::write(test.path().join(".incoming/0123456789abcdef.part"), b"half").unwrap();
    let test = test.restart().await;
    assert!(test.files().is_empty());
    assert!(test.images.pending().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_crash_before_the_file_is_placed_is_resolved() {
    let test = TestImages::new().await;
    fs::write(test.path().join(".journal/a-1.png"), b"").unwrap();
    let test = test.restart().await;
    assert_eq!(test.images.pending().await.unwrap(), ["a-1.png"]);
    test.images.resolve("a-1.png", false).await.unwrap();
    assert!(test.files().is_empty());
}

#[tokio::test]
async fn a_crash_before_the_product_is_stored_removes_the_file() {
    let test = TestImages::new().await;
    let staged = test.stage("a", &samples::png(8, 8)).await.unwrap();
    let published = test.images.publish(vec![staged]).await.unwrap();
    let name = published.names().remove(0);
    assert_eq!(test.files(), [format!(".journal/{name}"), name.clone()]);
    // A killed process runs no destructors.
    std::mem::forget(published);
    let test = TestImages {
        images: reopened(&test).await,
        ..test
    };
    assert_eq!(test.images.pending().await.unwrap(), [name.as_str()]);
    test.images.resolve(&name, false).await.unwrap();
    assert!(test.files().is_empty());
}

/// Opens the directory as a new process would. The leaked instance still holds the lock, so its
/// file is replaced.
async fn reopened(test: &TestImages) -> Images {
    fs::remove_file(test.path().join(".lock")).unwrap();
    Images::open(test.path()).await.unwrap()
}

#[tokio::test]
async fn a_crash_after_the_product_is_stored_keeps_the_file() {
    let test = TestImages::new().await;
    let name = test.keep("a", &samples::png(8, 8)).await;
    fs::write(test.path().join(".journal").join(&name), b"").unwrap();
    let test = test.restart().await;
    assert_eq!(test.images.pending().await.unwrap(), [name.as_str()]);
    test.images.resolve(&name, true).await.unwrap();
    assert_eq!(test.files(), [name.as_str()]);
    assert!(test.images.pending().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_crash_around_a_deletion_is_resolved_either_way() {
    for used in [false, true] {
        let test = TestImages::new().await;
        let name = test.keep("a", &samples::png(8, 8)).await;
        test.images.journal_mark(from_ref(&name)).await.unwrap();
        assert!(
            test.images.pending().await.unwrap().is_empty(),
            "the request still runs"
        );
        let test = test.restart().await;
        assert_eq!(test.images.pending().await.unwrap(), [name.as_str()]);
        test.images.resolve(&name, used).await.unwrap();
        assert_eq!(test.files().len(), usize::from(used));
    }
}

#[tokio::test]
async fn the_last_of_two_deletions_decides() {
    let test = TestImages::new().await;
    let name = test.keep("a", &samples::png(8, 8)).await;
    for _ in 0..2 {
        test.images.journal_mark(from_ref(&name)).await.unwrap();
    }
    test.images.resolve(&name, true).await.unwrap();
    test.images.resolve(&name, false).await.unwrap();
    assert!(test.files().is_empty());
}

#[tokio::test]
async fn foreign_files_are_never_cleaned_up() {
    let test = TestImages::new().await;
    fs::write(test.path().join("mine.png"), samples::png(8, 8)).unwrap();
    fs::write(test.path().join("notes.txt"), b"mine").unwrap();
    let test = test.restart().await;
    assert!(test.images.pending().await.unwrap().is_empty());
    test.images.resolve("mine.png", false).await.unwrap();
    assert_eq!(test.files(), ["mine.png", "notes.txt"]);
}

#[tokio::test]
async fn a_second_process_removes_no_files_of_the_first() {
    let test = TestImages::new().await;
    let staged = test.stage("a", &samples::png(8, 8)).await.unwrap();
    let other = Images::open(test.path()).await.unwrap();
    let published = test.images.publish(vec![staged]).await.unwrap();
    assert!(other.pending().await.unwrap().is_empty());
    let name = published.names().remove(0);
    published.keep().await.unwrap();
    assert!(other.exists(&name).await.unwrap());
}

#[tokio::test]
async fn an_unusable_directory_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    assert!(Images::open(&file).await.is_err());
    assert!(Images::open(&file.join("below")).await.is_err());
}
