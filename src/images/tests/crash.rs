//! Nothing is left behind, whatever ends half way.

use std::fs;
use std::slice::from_ref;

use super::{Home, samples};
use crate::images::Images;

#[tokio::test]
async fn what_is_dropped_half_way_leaves_nothing() {
    let home = Home::new().await;
    let png = samples::png(8, 8);

    let mut spool = home.images.spool("a").await.unwrap();
    spool.write(png.clone().into()).await.unwrap();
    assert_eq!(home.files().len(), 1);
    drop(spool);
    assert!(home.files().is_empty());

    let staged = home.stage("a", &png).await.unwrap();
    assert_eq!(home.files().len(), 1);
    drop(staged);
    assert!(home.files().is_empty());

    let staged = vec![
        home.stage("a", &png).await.unwrap(),
        home.stage("b", &png).await.unwrap(),
    ];
    let published = home.images.publish(staged).await.unwrap();
    assert_eq!(home.files().len(), 4);
    published.withdraw().await;
    assert!(home.files().is_empty());
}

#[tokio::test]
async fn whether_a_product_names_what_was_given_up_is_asked_at_the_next_start() {
    let home = Home::new().await;
    let png = samples::png(8, 8);
    let mut names = Vec::new();
    for name in ["a", "b"] {
        let staged = home.stage(name, &png).await.unwrap();
        let published = home.images.publish(vec![staged]).await.unwrap();
        names.append(&mut published.names());
        drop(published);
    }
    let suspect = home.keep("c", &png).await;
    home.images.suspect(from_ref(&suspect)).await.unwrap();
    home.images.leave(from_ref(&suspect));
    names.push(suspect);
    let home = home.restart().await;
    let mut unsettled = home.images.unsettled().await.unwrap();
    unsettled.sort();
    assert_eq!(unsettled, names);
    home.images.settle(&names[0], true).await.unwrap();
    home.images.settle(&names[1], false).await.unwrap();
    home.images.settle(&names[2], false).await.unwrap();
    assert_eq!(home.files(), [names[0].as_str()]);
}

#[tokio::test]
async fn a_failing_publication_leaves_nothing_and_touches_nobody() {
    let home = Home::new().await;
    let png = samples::png(8, 8);
    let one = home.stage("a", &png).await.unwrap();
    let two = home.stage("b", &png).await.unwrap();
    let taken = two.name().to_owned();
    fs::write(home.path().join(&taken), b"mine").unwrap();
    let outcome = home.images.publish(vec![one, two]).await;
    assert_eq!(
        outcome.unwrap_err().kind(),
        std::io::ErrorKind::AlreadyExists
    );
    assert_eq!(home.files(), [taken.as_str()]);
    assert_eq!(fs::read(home.path().join(&taken)).unwrap(), b"mine");

    // A file that is lost before it is placed.
    let one = home.stage("a", &png).await.unwrap();
    let two = home.stage("b", &png).await.unwrap();
    fs::remove_file(two.draft.path()).unwrap();
    assert!(home.images.publish(vec![one, two]).await.is_err());
    assert_eq!(home.files(), [taken]);
}

#[tokio::test]
async fn a_crash_while_bytes_come_in_is_swept() {
    let home = Home::new().await;
    fs::write(home.path().join(".incoming/0123456789abcdef.part"), b"half").unwrap();
    let home = home.restart().await;
    assert!(home.files().is_empty());
    assert!(home.images.unsettled().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_crash_before_the_file_is_placed_is_settled() {
    let home = Home::new().await;
    fs::write(home.path().join(".journal/a-1.png"), b"").unwrap();
    let home = home.restart().await;
    assert_eq!(home.images.unsettled().await.unwrap(), ["a-1.png"]);
    home.images.settle("a-1.png", false).await.unwrap();
    assert!(home.files().is_empty());
}

#[tokio::test]
async fn a_crash_before_the_product_is_stored_removes_the_file() {
    let home = Home::new().await;
    let staged = home.stage("a", &samples::png(8, 8)).await.unwrap();
    let published = home.images.publish(vec![staged]).await.unwrap();
    let name = published.names().remove(0);
    assert_eq!(home.files(), [format!(".journal/{name}"), name.clone()]);
    // A process that dies drops nothing.
    std::mem::forget(published);
    let home = Home {
        images: reopened(&home).await,
        ..home
    };
    assert_eq!(home.images.unsettled().await.unwrap(), [name.as_str()]);
    home.images.settle(&name, false).await.unwrap();
    assert!(home.files().is_empty());
}

/// Opens the folder as the next process would: the forgotten one holds its lock for ever, so
/// the folder is given a new one.
async fn reopened(home: &Home) -> Images {
    fs::remove_file(home.path().join(".lock")).unwrap();
    Images::open(home.path()).await.unwrap()
}

#[tokio::test]
async fn a_crash_after_the_product_is_stored_keeps_the_file() {
    let home = Home::new().await;
    let name = home.keep("a", &samples::png(8, 8)).await;
    fs::write(home.path().join(".journal").join(&name), b"").unwrap();
    let home = home.restart().await;
    assert_eq!(home.images.unsettled().await.unwrap(), [name.as_str()]);
    home.images.settle(&name, true).await.unwrap();
    assert_eq!(home.files(), [name.as_str()]);
    assert!(home.images.unsettled().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_crash_around_a_deletion_is_settled_either_way() {
    for used in [false, true] {
        let home = Home::new().await;
        let name = home.keep("a", &samples::png(8, 8)).await;
        home.images.suspect(from_ref(&name)).await.unwrap();
        assert!(
            home.images.unsettled().await.unwrap().is_empty(),
            "its request still runs"
        );
        let home = home.restart().await;
        assert_eq!(home.images.unsettled().await.unwrap(), [name.as_str()]);
        home.images.settle(&name, used).await.unwrap();
        assert_eq!(home.files().len(), usize::from(used));
    }
}

#[tokio::test]
async fn the_last_of_two_deletions_decides() {
    let home = Home::new().await;
    let name = home.keep("a", &samples::png(8, 8)).await;
    for _ in 0..2 {
        home.images.suspect(from_ref(&name)).await.unwrap();
    }
    home.images.settle(&name, true).await.unwrap();
    home.images.settle(&name, false).await.unwrap();
    assert!(home.files().is_empty());
}

#[tokio::test]
async fn files_of_people_are_never_cleaned_up() {
    let home = Home::new().await;
    fs::write(home.path().join("mine.png"), samples::png(8, 8)).unwrap();
    fs::write(home.path().join("notes.txt"), b"mine").unwrap();
    let home = home.restart().await;
    assert!(home.images.unsettled().await.unwrap().is_empty());
    home.images.settle("mine.png", false).await.unwrap();
    assert_eq!(home.files(), ["mine.png", "notes.txt"]);
}

#[tokio::test]
async fn a_second_process_sweeps_nothing_of_the_first() {
    let home = Home::new().await;
    let staged = home.stage("a", &samples::png(8, 8)).await.unwrap();
    let other = Images::open(home.path()).await.unwrap();
    let published = home.images.publish(vec![staged]).await.unwrap();
    assert!(other.unsettled().await.unwrap().is_empty());
    let name = published.names().remove(0);
    published.keep().await.unwrap();
    assert!(other.exists(&name).await.unwrap());
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_said_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    assert!(Images::open(&file).await.is_err());
    assert!(Images::open(&file.join("below")).await.is_err());
}
